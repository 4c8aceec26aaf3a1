"""Population and housing census 2020: AGEB and block tables, localities, extracts by one level.

``*`` marks what the census hides to protect people, ``N/D`` what it does not have. Both are
unknown, never zero; the hidden cells are kept apart, because how they are hidden bounds them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.census_variables import LOCALITY_VARIABLES
from data.errors import InputError, Where
from data.places import CODE_PATTERN, complete_code, inside_mexico, level_of, pad, within
from data.rows import Layout, iterate_rows, text_of
from data.tables import Column, Dropped, Level, Table
from data.texts import Text

HIDDEN = "*"
_NOT_AVAILABLE = ("N/D", "ND", "N.D.", "NA", "N/A")
_AREA_PARTS = (("ENTIDAD", 2), ("MUN", 3), ("LOC", 4), ("AGEB", 4), ("MZA", 3))
_TOTALS = ("00", "000", "0000", "0000", "000")
# Rows of ITER that add up localities of one and of two dwellings: people, but no place.
SMALL_LOCALITIES = ("9998", "9999")
_NAMES = {
    Level.STATE: "NOM_ENT", Level.MUNICIPALITY: "NOM_MUN", Level.LOCALITY: "NOM_LOC",
    Level.AGEB: "AGEB", Level.BLOCK: "MZA",
}  # fmt: skip

# What stands for the name in rows that add up an urban locality.
_TOTAL_ROW = r"(?i)total\b.*\blocalidad|total$"

# Variables that count no people.
_UNITS: Mapping[str, str] = {
    "GRAPROES": "años de escolaridad", "GRAPROES_F": "años de escolaridad",
    "PROM_HNV": "hijas e hijos por mujer", "TOTHOG": "hogares", "HOGJEF_F": "hogares",
    "TVIVHAB": "viviendas",
}  # fmt: skip

_PLACE_COLUMNS = (
    Column(name="cvegeo", dtype="str", required=True, pattern=CODE_PATTERN,
           description=Text("Clave geoestadística", "Geostatistical code")),
    Column(name="level", dtype="str", required=True, values=tuple(level.value for level in Level),
           description=Text("Nivel", "Level")),
    Column(name="name", dtype="str", description=Text("Nombre", "Name")),
)  # fmt: skip
_POINT_COLUMNS = (
    Column(name="lon", dtype="float64", unit="°", minimum=-180.0, maximum=180.0,
           description=Text("Longitud", "Longitude")),
    Column(name="lat", dtype="float64", unit="°", minimum=-90.0, maximum=90.0,
           description=Text("Latitud", "Latitude")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CensusReading:
    """What a census reader returns.

    Parameters
    ----------
    table
        One row a place: ``cvegeo``, ``level``, ``name``, the variables as float64 with NaN for
        unknown, and for localities ``lon`` and ``lat`` (EPSG:4326).
    confidential
        The variables' cells that were ``*``, with the same rows.
    dropped
        Rows left out, by reason.
    """

    table: pd.DataFrame
    confidential: pd.DataFrame
    dropped: Dropped


def read_census_areas(
    paths: Sequence[Path],
    variables: Sequence[str],
    *,
    columns: Mapping[str, str] | None = None,
    absent: tuple[str, ...] = (),
    optional: tuple[str, ...] = (),
    place: Collection[str] = (),
) -> CensusReading:
    """Read census counts of urban areas and their totals, or of any one level.

    INEGI's table (RESAGEBURB) gives the code in parts, and totals in rows whose lower parts are
    zero. An extract of one level gives it whole: then ``columns`` maps ``CVEGEO`` to its name,
    and ``NOMBRE`` to that of the place's name, if it has one.

    Parameters
    ----------
    paths
        Files, plain or zipped.
    variables
        Census variables to read, by INEGI's names.
    columns, absent, place
        As in :func:`data.denue.read_establishments`.
    optional
        Variables a file may lack: they are then unknown in every row.

    Raises
    ------
    InputError
        If a file is not such a table, an optional variable is misspelt in it, or a count is
        negative or no number; with its row.
    """
    columns = columns or {}
    by_code = "CVEGEO" in columns
    identity = ("CVEGEO", "NOMBRE") if by_code else (
        *(name for name, _ in _AREA_PARTS), "NOM_ENT", "NOM_MUN", "NOM_LOC",
    )  # fmt: skip
    if by_code and "NOMBRE" not in columns:
        absent = (*absent, "NOMBRE")
    layout = Layout(
        kind=Text("una tabla censal por AGEB y manzana", "a census table of AGEB and blocks"),
        wanted=(*identity, *variables),
        columns=columns,
        absent=absent,
        optional=optional,
        known=frozenset(LOCALITY_VARIABLES),
    )
    return _read(paths, layout, variables, place, points=False)


def read_census_localities(
    paths: Sequence[Path],
    variables: Sequence[str],
    *,
    columns: Mapping[str, str] | None = None,
    absent: tuple[str, ...] = (),
    optional: tuple[str, ...] = (),
    place: Collection[str] = (),
) -> CensusReading:
    """Read census counts of localities (ITER) with their coordinates, and their totals.

    Rows that add up the localities of one and two dwellings (9998, 9999) are people without a
    place: they are left out and counted, and stay within the municipality's total.

    Parameters
    ----------
    paths, variables, columns, absent, optional, place
        As in :func:`read_census_areas`.

    Raises
    ------
    InputError
        As in :func:`read_census_areas`.
    """
    layout = Layout(
        kind=Text("una tabla censal de localidades (ITER)", "a census table of localities (ITER)"),
        wanted=("ENTIDAD", "NOM_ENT", "MUN", "NOM_MUN", "LOC", "NOM_LOC", "LONGITUD", "LATITUD",
                *variables),
        columns=columns or {},
        absent=absent,
        optional=optional,
        known=frozenset(LOCALITY_VARIABLES),
    )  # fmt: skip
    return _read(paths, layout, variables, place, points=True)


def _read(
    paths: Sequence[Path],
    layout: Layout,
    variables: Sequence[str],
    place: Collection[str],
    *,
    points: bool,
) -> CensusReading:
    dropped = Dropped()
    tables, hidden = [], []
    names: dict[str, str] = {}
    for path in paths:
        for member, first_row, rows in iterate_rows(path, layout):
            table = _places(rows)
            names |= _locality_names(rows, table["cvegeo"])
            if points:
                table["lon"], table["lat"] = _points(rows, table["cvegeo"], dropped)
            values, confidential = _counts(rows[list(variables)], member.label, first_row)
            kept = _kept(table, rows, place, dropped)
            tables.append(pd.concat([table, values], axis=1)[kept])
            hidden.append(confidential[kept])
    table = pd.concat(tables, ignore_index=True)
    confidential = pd.concat(hidden, ignore_index=True)
    named = pd.Series(table["cvegeo"].map(names.get), dtype="str")
    table["name"] = table["name"].where(table["name"].notna(), named)
    # Files that overlap repeat rows; rows of one place that disagree are refused by the contract.
    again = pd.concat([table, confidential], axis=1).duplicated()
    dropped.add("fila_repetida", table.loc[again, "cvegeo"])
    table, confidential = table[~again], confidential[~again].reset_index(drop=True)
    contract = _contract(variables, points=points)
    return CensusReading(contract.check(table), confidential, dropped)


def _contract(variables: Sequence[str], *, points: bool) -> Table:
    return Table(
        name="censo",
        key=("cvegeo",),
        columns=(
            *_PLACE_COLUMNS,
            *(_POINT_COLUMNS if points else ()),
            *(
                Column(name=name, dtype="float64", unit=_UNITS.get(name, "personas"), minimum=0.0,
                       description=Text(f"Variable {name}", f"Variable {name}"))
                for name in variables
            ),
        ),
    )  # fmt: skip


def _places(rows: pd.DataFrame) -> pd.DataFrame:
    """Return code, level and name of each row."""
    if "CVEGEO" in rows:
        code = complete_code(rows["CVEGEO"])
        return pd.DataFrame(
            {"cvegeo": code, "level": level_of(code), "name": text_of(rows["NOMBRE"])}
        )
    code = pd.Series("", index=rows.index, dtype="str")
    level = pd.Series(None, index=rows.index, dtype="str")
    name = pd.Series(None, index=rows.index, dtype="str")
    open_ = pd.Series(data=True, index=rows.index)
    for (column, width), total, at in zip(_AREA_PARTS, _TOTALS, Level, strict=True):
        if column not in rows:
            break
        part = pad(rows[column], width)
        open_ &= part.notna() & (part != total)
        code = code.mask(open_, code + part)
        level = level.mask(open_, at.value)
        named = text_of(rows[_NAMES[at]])
        if at is Level.LOCALITY:
            named = named.mask(named.str.match(_TOTAL_ROW).fillna(value=False).astype(bool))
        name = name.mask(open_, named)
    return pd.DataFrame({"cvegeo": code, "level": level, "name": name.astype("str")})


def _locality_names(rows: pd.DataFrame, codes: pd.Series) -> dict[str, str]:
    """Return the name of each locality whose blocks are among the rows.

    In the table of AGEB and blocks the localities' own rows bear a title instead of a name.
    """
    if "MZA" not in rows:
        return {}
    blocks = codes.str.len() == Level.BLOCK.code_length
    named = pd.Series(
        text_of(rows["NOM_LOC"])[blocks].to_numpy(),
        index=codes[blocks].str[: Level.LOCALITY.code_length],
    ).dropna()
    return {str(code): str(name) for code, name in named[~named.index.duplicated()].items()}


def _counts(rows: pd.DataFrame, label: str, first_row: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return values and which of them were hidden."""
    values, hidden = {}, {}
    for name in rows:
        column = rows[name]
        if pd.api.types.is_numeric_dtype(column):
            stated = column.notna()
            hidden[name] = pd.Series(data=False, index=rows.index)
            values[name] = column.astype("float64")
        else:
            text = text_of(column)
            hidden[name] = (text == HIDDEN).fillna(value=False).astype(bool)
            text = text.where(~hidden[name] & ~text.isin(_NOT_AVAILABLE))
            stated = text.notna()
            values[name] = pd.to_numeric(text, errors="coerce").astype("float64")
        wrong = stated & ~(np.isfinite(values[name]) & (values[name] >= 0))
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise InputError(
                Text("Dato censal no válido", "Invalid census figure"),
                where=Where(file=label, row=first_row + row, column=str(name),
                            value=column.iloc[row]),
                remedy=Text("Se esperaba un número de cero en adelante, «*» o «N/D»",
                            "A number from zero up, “*” or “N/D” was expected"),
            )  # fmt: skip
    return pd.DataFrame(values), pd.DataFrame(hidden)


def _kept(
    table: pd.DataFrame, rows: pd.DataFrame, place: Collection[str], dropped: Dropped
) -> np.ndarray:
    """Say which rows stay; a state's own row stays with any of its municipalities."""
    parents = {code[:2] for code in place}
    elsewhere = ~within(table["cvegeo"], place) & ~table["cvegeo"].isin(parents)
    no_place = table["level"].isna()
    dropped.add("sin_clave", table.loc[no_place, "cvegeo"])
    dropped.add("otro_lugar", table.loc[elsewhere & ~no_place, "cvegeo"])
    kept = ~elsewhere & ~no_place
    if "LOC" in rows:
        small = pad(rows["LOC"], 4).isin(SMALL_LOCALITIES)
        dropped.add("localidades_de_una_o_dos_viviendas", table.loc[small & kept, "cvegeo"])
        kept &= ~small
    result: np.ndarray = kept.to_numpy(dtype=bool)
    return result


def _points(rows: pd.DataFrame, codes: pd.Series, dropped: Dropped) -> tuple[pd.Series, pd.Series]:
    """Return longitude and latitude; those outside Mexico are unknown, and counted."""
    lon, lat = _degrees(rows["LONGITUD"]), _degrees(rows["LATITUD"])
    away = lon.notna() & lat.notna() & ~inside_mexico(lon, lat)
    dropped.add("coordenadas_fuera_de_mexico_ignoradas", codes[away])
    return lon.mask(away), lat.mask(away)


def _degrees(values: pd.Series) -> pd.Series:
    """Return decimal degrees from ``102°17'45.768" W`` or from decimals; NaN where it is neither.

    Degrees, minutes and seconds without a side are taken to be north, or east.
    """
    if pd.api.types.is_numeric_dtype(values):
        return values.astype("float64")
    text = text_of(values)
    parts = text.str.upper().str.extract(
        r"^(?P<degrees>\d{1,3})\s*[°º]\s*(?P<minutes>[0-5]?\d)\s*['´’′]\s*"
        r"(?P<seconds>[0-5]?\d(?:\.\d*)?)\s*(?:\"|''|´´|’’|″|”)?\s*(?P<side>[NSEWO])?$"
    )
    number = parts[["degrees", "minutes", "seconds"]].apply(pd.to_numeric).astype("float64")
    degrees = number["degrees"] + number["minutes"] / 60 + number["seconds"] / 3600
    degrees = degrees.mask(parts["side"].isin(["W", "O", "S"]), -degrees)
    return degrees.fillna(pd.to_numeric(text, errors="coerce")).astype("float64")
