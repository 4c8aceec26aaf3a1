"""What an atlas holds of participation at a level, read back, and the sentence that says it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from data.errors import NotComputedError
from data.tables import Level
from data.texts import Text
from geo.artifacts import ColumnRecord, LayerRecord, Manifest
from geo.participation.tables import CORRELATIONS, GLOBAL, TABLES

_NUMBERS = {Level.STATE: Text("entidades", "states"), Level.AGEB: Text("AGEB", "AGEB"),
            Level.MUNICIPALITY: Text("municipios", "municipalities")}  # fmt: skip
CAUTION = Text(
    "Es una asociación, no una causa: los centros también abren donde las mujeres ya trabajan,"
    " ambas cosas pueden venir de una tercera, y con lugares trazados de otro modo las cifras"
    " cambian",
    "This is association, not cause: centres also open where women already work, both may come of"
    " a third thing, and places drawn otherwise give other figures",
)


@dataclass(frozen=True, slots=True)
class Published:
    """Participation of a level as an atlas holds it.

    Parameters
    ----------
    level, layer
        The level and its layer.
    outcome, supply
        The columns set against each other.
    rows
        Rows of every table ``participacion_*`` of this level.
    """

    level: Level
    layer: LayerRecord
    outcome: ColumnRecord
    supply: ColumnRecord
    rows: dict[str, list[dict[str, Any]]]

    @property
    def headline(self) -> dict[str, Any]:
        """The correlation a reader is told first: Spearman's, every place weighing the same."""
        return next(
            row
            for row in self.rows[CORRELATIONS]
            if (row["variable"], row["method"], row["weighting"])
            == (self.supply.name, "spearman", "ninguna")
        )


def read_published(folder: Path, manifest: Manifest, level: Level) -> Published:
    """Read what an atlas holds of participation at a level.

    Parameters
    ----------
    folder, manifest
        The version.
    level
        State, municipality or AGEB.

    Raises
    ------
    NotComputedError
        If it was not measured there, with the reason the build gave.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for name in TABLES:
        record = manifest.asset(name)
        if record is not None:
            table = pq.read_table(folder / record.file.path, filters=[("level", "=", level.value)])
            rows[name] = table.to_pylist()
    layer = next((item for item in manifest.layers if item.level == level.value), None)
    if layer is None or not rows.get(GLOBAL):
        raise _missing(manifest, level)
    columns = {column.name: column for column in layer.columns}
    first = rows[GLOBAL][0]
    return Published(level, layer, columns[first["outcome"]], columns[first["variable"]], rows)


def _missing(manifest: Manifest, level: Level) -> NotComputedError:
    said = {item.what: item.reason for item in manifest.not_computed}
    reason = said.get(f"participacion_{level.value}")
    return NotComputedError(
        Text(f"Este atlas no compara participación y cuidado por {level.value}",
             f"This atlas does not set participation against care by {level.value}"),
        remedy=reason.text if reason is not None else Text(
            "/atlas dice qué no se calculó y por qué", "/atlas says what was not computed, and why"
        ),
    )  # fmt: skip


def sentence(published: Published) -> Text:
    """Say in plain words how participation and care go together at a level, and how surely."""
    found = published.headline
    estimate, low, high = found["estimate"], found["low"], found["high"]
    # A minus, not a hyphen.
    middle, least, most = (f"{value:.2f}".replace("-", "−") for value in (estimate, low, high))
    number = Text(
        f"correlación de Spearman {middle}, intervalo de 95 % de {least} a {most}",
        f"Spearman correlation {middle}, 95 % interval {least} to {most}",
    )
    places = _NUMBERS[published.level]
    outcome, supply = published.outcome.title.text, published.supply.title.text
    count = f"{found['places']:,.0f}"
    if low <= 0.0 <= high:
        return Text(
            f"En {count} {places.es}, «{outcome.es}» y «{supply.es}» no muestran una relación que"
            f" se distinga del azar ({number.es})",
            f"In {count} {places.en}, “{outcome.en}” and “{supply.en}” show no relation that can"
            f" be told from chance ({number.en})",
        )
    more = Text("más alto", "higher") if estimate > 0 else Text("más bajo", "lower")
    return Text(
        f"En {count} {places.es}, donde «{supply.es}» es más alto suele ser {more.es}"
        f" «{outcome.es}» ({number.es})",
        f"In {count} {places.en}, where “{supply.en}” is higher, “{outcome.en}” tends to be"
        f" {more.en} ({number.en})",
    )
