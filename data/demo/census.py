"""Census tables of the demo city as INEGI publishes them: totals rows and hidden cells.

Two rules hide cells (``*``), as in the published files. A place with fewer than three lived-in
dwellings shows its people and dwellings only. In the table of AGEB and blocks, counts of one or
two are hidden too, save people and dwellings. Totals are computed from the truth. An average
without anyone to average over is ``N/D``.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.census_variables import (
    ALWAYS_PUBLISHED,
    AREA_VARIABLES,
    LOCALITY_VARIABLES,
    RATIOS,
)
from data.demo.people import People
from data.demo.plan import MUNICIPALITIES, STATE, STATE_NAME
from data.tables import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "*"
NOT_AVAILABLE = "N/D"
_FEW_DWELLINGS = 3
_SMALL_COUNTS = (1, 2)
_TOWN_SIZES = (
    250, 500, 1000, 2500, 5000, 10_000, 15_000, 30_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000,
)  # fmt: skip
_AREA_PLACE = ("ENTIDAD", "NOM_ENT", "MUN", "NOM_MUN", "LOC", "NOM_LOC", "AGEB", "MZA")
_LOCALITY_PLACE = (*_AREA_PLACE[:6], "LONGITUD", "LATITUD", "ALTITUD")
_TOTAL_STATE = f"Total de la entidad {STATE_NAME}"


def add_levels(blocks: People, rural: People) -> People:
    """Return the truth of every place: blocks, AGEB, localities, municipalities, the state."""
    block_codes = blocks.counts.index.to_series()
    rural_codes = rural.counts.index.to_series()
    everyone = People(
        pd.concat([blocks.counts, rural.counts]), pd.concat([blocks.sums, rural.sums])
    )
    codes = pd.concat([block_codes, rural_codes])
    levels = [
        blocks, blocks.total(block_codes.str[:13]), blocks.total(block_codes.str[:9]), rural,
        everyone.total(codes.str[:5]), everyone.total(codes.str[:2]),
    ]  # fmt: skip
    return People(
        pd.concat([level.counts for level in levels]), pd.concat([level.sums for level in levels])
    )


def with_averages(people: People) -> pd.DataFrame:
    """Return all census variables as float64, averages included; NaN where nobody is averaged."""
    counts, sums = people.counts, people.sums

    def average(part: pd.Series, whole: pd.Series) -> pd.Series:
        return (part / whole.where(whole > 0)).round(2)

    years, stated = sums["years_F"] + sums["years_M"], sums["stated_F"] + sums["stated_M"]
    ratios = {
        "REL_H_M": average(100.0 * counts["POBMAS"], counts["POBFEM"]),
        "PROM_HNV": average(sums["born"], counts["P_12YMAS_F"]),
        "GRAPROES": average(years, stated),
        "GRAPROES_F": average(sums["years_F"], sums["stated_F"]),
        "GRAPROES_M": average(sums["years_M"], sums["stated_M"]),
        "PROM_OCUP": average(counts["OCUPVIVPAR"], counts["TVIVPARHAB"]),
        "PRO_OCUP_C": average(counts["OCUPVIVPAR"], sums["rooms"]),
    }
    table = pd.concat([counts.astype("float64"), pd.DataFrame(ratios)], axis=1)
    return table[list(LOCALITY_VARIABLES)]


def area_rows(truth: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return the table of AGEB and blocks (RESAGEBURB), as text.

    Parameters
    ----------
    truth
        All variables by ``cvegeo``, every level.
    names
        Name of each urban locality by its ``cvegeo``.
    """
    codes = truth.index.to_series()
    urban = codes.str[:9].isin(list(names)) & (codes.str.len() >= len(next(iter(names))))
    whole = codes.str.len() <= Level.MUNICIPALITY.code_length
    table = truth.loc[urban | whole, list(AREA_VARIABLES)].sort_index()
    length = table.index.str.len()
    shown = _as_text(table)
    _hide_small_places(shown, table)
    small = table.isin(_SMALL_COUNTS) & (length >= Level.AGEB.code_length).reshape(-1, 1)
    small[[*ALWAYS_PUBLISHED, *RATIOS]] = False
    shown = shown.mask(small, HIDDEN)
    place = [_area_place(code, names) for code in table.index]
    return pd.concat(
        [pd.DataFrame(place, index=table.index, columns=list(_AREA_PLACE)), shown], axis=1
    )


def _area_place(code: str, names: dict[str, str]) -> tuple[str, ...]:
    municipality = code[2:5] or "000"
    locality = code[5:9] or "0000"
    titles = {
        2: "Total de la entidad", 5: "Total del municipio", 9: "Total de la localidad urbana",
        13: "Total AGEB urbana",
    }  # fmt: skip
    title = titles.get(len(code)) or names[code[:9]]
    return (
        STATE, STATE_NAME, municipality, MUNICIPALITIES.get(municipality, _TOTAL_STATE), locality,
        title, code[9:13] or "0000", code[13:] or "000",
    )  # fmt: skip


def locality_rows(truth: pd.DataFrame, localities: pd.DataFrame) -> pd.DataFrame:
    """Return the table of localities (ITER), as text.

    Parameters
    ----------
    truth
        All variables by ``cvegeo``, every level.
    localities
        ``cvegeo name lon lat altitude`` of every locality.
    """
    counted = truth.loc[localities["cvegeo"], [n for n in LOCALITY_VARIABLES if n not in RATIOS]]
    shown = [_level_rows(STATE, truth, counted, localities)]
    shown += [_level_rows(STATE + key, truth, counted, localities) for key in MUNICIPALITIES]
    return pd.concat(shown, ignore_index=True)


def _level_rows(
    code: str, truth: pd.DataFrame, counted: pd.DataFrame, localities: pd.DataFrame
) -> pd.DataFrame:
    """Return the rows of one municipality or of the state: total, localities, pooled farms."""
    inside = counted[counted.index.str[: len(code)] == code]
    total = truth.loc[[code]].rename(index={code: "0000"})
    total.index = pd.Index(["0000"])
    tables = [total]
    places = [localities.iloc[:0]]
    if len(code) > len(STATE):
        own = localities[localities["cvegeo"].str[:5] == code].sort_values("cvegeo")
        places.append(own)
        tables.append(truth.loc[own["cvegeo"]])
    for dwellings, pooled in ((1, "9998"), (2, "9999")):
        part = inside[inside["TVIVHAB"] == dwellings]
        tables.append(_pool(part, pooled))
    table = pd.concat(tables)[list(LOCALITY_VARIABLES)]
    shown = _as_text(table)
    _hide_small_places(shown, table)
    return _with_places(code, shown, table, pd.concat(places).set_index("cvegeo"))


def _pool(part: pd.DataFrame, code: str) -> pd.DataFrame:
    """Return the sum of the localities of one or two dwellings; their averages are not given."""
    row = part.sum().to_frame(code).T
    for name in RATIOS:
        row[name] = np.nan
    return row


def _with_places(
    code: str, shown: pd.DataFrame, table: pd.DataFrame, places: pd.DataFrame
) -> pd.DataFrame:
    municipality = code[2:] or "000"
    titles = {
        "0000": "Total del Municipio" if code[2:] else "Total de la Entidad",
        "9998": "Localidades de una vivienda", "9999": "Localidades de dos viviendas",
    }  # fmt: skip
    rows = []
    for key in table.index:
        here = places.loc[key] if key in places.index else None
        spot = ("", "", "") if here is None else (
            sexagesimal(float(here["lon"]), "W"), sexagesimal(float(here["lat"]), "N"),
            f"{int(here['altitude']):04d}",
        )  # fmt: skip
        rows.append((
            STATE, STATE_NAME, municipality, MUNICIPALITIES.get(municipality, _TOTAL_STATE),
            key[-4:], titles[key] if here is None else str(here["name"]), *spot,
        ))  # fmt: skip
    place = pd.DataFrame(rows, columns=list(_LOCALITY_PLACE), index=table.index)
    size = np.searchsorted(_TOWN_SIZES, table["POBTOT"].to_numpy(), side="left") + 1
    codes = ["*" if key in titles else str(n) for key, n in zip(table.index, size, strict=True)]
    return pd.concat([place, shown, pd.Series(codes, index=table.index, name="TAMLOC")], axis=1)


def sexagesimal(degrees: float, side: str) -> str:
    """Return an angle as the census writes it: ``102°17'45.768" W``."""
    thousandths = round(abs(degrees) * 3_600_000)
    whole, rest = divmod(thousandths, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{whole:02d}°{minutes:02d}'{rest / 1000:06.3f}\" {side}"


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    text: dict[str, Iterable[str]] = {}
    for name in table.columns:
        values = table[name].to_numpy()
        if name in RATIOS:
            text[name] = [
                NOT_AVAILABLE if np.isnan(v) else f"{v:.2f}".rstrip("0").rstrip(".") for v in values
            ]
        else:
            text[name] = values.astype(np.int64).astype(str)
    return pd.DataFrame(text, index=table.index)


def _hide_small_places(shown: pd.DataFrame, table: pd.DataFrame) -> None:
    """Hide, in place, all but people and dwellings where fewer than three are lived in."""
    few = table["TVIVHAB"].between(1, _FEW_DWELLINGS - 1).to_numpy()
    few = few & ~table.index.isin(["0000", "9998", "9999"])
    hidden = [name for name in shown.columns if name not in ALWAYS_PUBLISHED]
    shown.loc[few, hidden] = HIDDEN
