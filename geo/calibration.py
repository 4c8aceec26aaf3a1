"""An atlas against figures others published: value, drift and the reason, nothing tuned.

The published figures and how to measure each are a table (``data/published_figures.csv``).
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import pandas as pd

from data.errors import MissingInputError, Where
from data.texts import Text
from geo.artifacts import Manifest, read_manifest

COUNTRY = "MX"
_STATE_LAYER, _MUNICIPALITY_LAYER, _CENTRES = "entidades", "municipios", "centros"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One published figure beside ours.

    Parameters
    ----------
    figure, place, source
        What it is, of which place, who published it.
    published
        Value published.
    precision
        ``exact`` (must be equal), ``count`` (drifts with the edition) or ``rounded``.
    ours
        Value of the atlas, or None where it cannot be computed.
    bounds
        Bounds of an estimated value; None where it is counted.
    reason
        Why ours differs or cannot be computed.
    """

    figure: str
    place: str
    source: str
    published: float
    precision: str
    ours: float | None
    bounds: tuple[float, float] | None
    reason: str

    @property
    def drift(self) -> float | None:
        """Ours less the published value, relative to it; None where either says nothing."""
        if self.ours is None or self.published == 0:
            return None
        return self.ours / self.published - 1.0


def compare(version: Path) -> tuple[Comparison, ...]:
    """Measure every published figure in an atlas.

    Parameters
    ----------
    version
        Folder of a version of an atlas of the country.

    Raises
    ------
    MissingInputError
        If the atlas is not of the country, or holds no centres.
    """
    manifest = read_manifest(version)
    missing = [name for name in (_STATE_LAYER, _MUNICIPALITY_LAYER, _CENTRES)
               if manifest.layer(name) is None]  # fmt: skip
    if missing or [place.code for place in manifest.places] != [COUNTRY]:
        raise MissingInputError(
            Text("Las cifras publicadas son del país: el atlas no lo cubre",
                 "The published figures are of the country: the atlas does not cover it"),
            where=Where(file=version, layer=", ".join(missing) or None),
            remedy=Text("Construya un atlas de MX con establecimientos",
                        "Build an atlas of MX with establishments"),
        )  # fmt: skip
    tables = _tables(version, manifest)
    with resources.files("data").joinpath("published_figures.csv").open(encoding="utf-8") as stream:
        return tuple(_comparison(row, tables) for row in csv.DictReader(stream))


def _tables(version: Path, manifest: Manifest) -> dict[str, pd.DataFrame]:
    tables = {}
    for name in (_STATE_LAYER, _MUNICIPALITY_LAYER, _CENTRES):
        layer = manifest.layer(name)
        if layer is not None:
            columns = [column.name for column in layer.columns]
            tables[name] = pd.read_parquet(version / layer.table.path, columns=columns)
    return tables


def _comparison(row: Mapping[str, str], tables: Mapping[str, pd.DataFrame]) -> Comparison:
    ours, bounds = _measure(row["measure"], row["place"], tables)
    return Comparison(
        figure=row["figure"],
        place=row["place"],
        source=row["source"],
        published=float(row["value"]),
        precision=row["precision"],
        ours=ours,
        bounds=bounds,
        reason=row["reason"],
    )


_Bounds = tuple[float, float] | None


def _measure(
    measure: str, place: str, tables: Mapping[str, pd.DataFrame]
) -> tuple[float | None, _Bounds]:
    kind, _, what = measure.partition(":")
    prefix = "" if place == COUNTRY else place
    if kind == "column":
        states = tables[_STATE_LAYER]
        return _total(states[states["cvegeo"].str.startswith(prefix)], what.split("+"))
    if kind == "classes":
        centres = tables[_CENTRES]
        counted = centres["scian"].isin(what.split(";"))
        return float((counted & centres["state"].fillna("").str.startswith(prefix)).sum()), None
    if kind == "share_without":
        places = tables[_MUNICIPALITY_LAYER]
        here = places[places["cvegeo"].str.startswith(prefix)]
        if set(what.split("+")) <= set(here.columns):
            return float((here[what.split("+")].sum(axis=1, skipna=False) == 0).mean()), None
    return None, None


def _total(places: pd.DataFrame, columns: list[str]) -> tuple[float | None, _Bounds]:
    """Return the sum of columns over places, with its bounds where any of it is estimated."""
    total = _sum(places, columns)
    statuses = [f"{column}_status" for column in columns]
    if total is None or (places[statuses] == "publicado").all(axis=None):
        return total, None
    low, high = (
        _sum(places, [f"{column}_{bound}" for column in columns]) for bound in ("low", "high")
    )
    return total, None if low is None or high is None else (low, high)


def _sum(places: pd.DataFrame, columns: list[str]) -> float | None:
    total = places[columns].sum(axis=1, skipna=False).sum(skipna=False)
    return None if pd.isna(total) else float(total)


def calibration_page(comparisons: Iterable[Comparison], manifest: Manifest) -> str:
    """Return the report in Markdown.

    Parameters
    ----------
    comparisons
        Published figures beside ours.
    manifest
        Manifest of the atlas measured.
    """
    rows = list(comparisons)
    computed = [row for row in rows if row.ours is not None]
    exact = [row for row in computed if row.precision == "exact" and row.bounds is None]
    equal = sum(row.ours == row.published for row in exact)
    sources = "".join(
        f"- `{source.role}`: {source.title.en}, {source.edition} ({source.publisher}),"
        f" {source.rows:,} rows\n"
        for source in manifest.sources
    )
    dropped = "".join(
        f"- {source.role}, {reason}: {record['rows']:,}\n"
        for source in manifest.sources
        for reason, record in source.dropped.items()
    )
    lines = "".join(_line(row) for row in rows)
    return (
        "# Calibration\n\n"
        "Written by `cuidados calibrate` from an atlas of the country; do not edit it. Figures that"
        " others published beside ours,\nwith the drift and its reason. Nothing is tuned to fit:"
        " a figure the sources at hand cannot give is said to be so.\n\n"
        f"{len(computed)} of {len(rows)} figures can be computed from these sources; {equal} of"
        f" the {len(exact)} that must be equal are.\n\n"
        "| figure | place | published | ours | drift | source | reason |\n"
        f"|---|---|---|---|---|---|---|\n{lines}\n"
        f"## Sources\n\n{sources}\n## Left out or mended\n\n{dropped or 'Nothing.'}"
    )


def _line(row: Comparison) -> str:
    drift = "–" if row.drift is None else f"{row.drift:+.2%}" if row.drift else "0"
    ours = "cannot be computed" if row.ours is None else _number(row.ours)
    if row.bounds is not None:
        ours += f" (estimated, {_number(row.bounds[0])} to {_number(row.bounds[1])})"
    reason = row.reason if row.ours != row.published else ""
    cells = (
        row.figure, row.place, _number(row.published), ours, drift, row.source, reason or "–",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


def _number(value: float) -> str:
    return f"{value:.2f}" if 0 < value < 1 else f"{value:,.0f}"
