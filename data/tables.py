"""Contracts of tables: columns, units, keys, coordinate system, and the check that enforces them.

Conventions that hold for every table of the project:

* identifiers are strings with their leading zeros, ``cvegeo`` above all;
* counts and measures are ``float64`` in which NaN is *unknown*; zero is zero;
* geographic tables are in EPSG:4326, and are measured in EPSG:6372.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd

from data.errors import InputError, Where
from data.texts import Text

GEOGRAPHIC_CRS = "EPSG:4326"
METRIC_CRS = "EPSG:6372"

Dtype = Literal["str", "float64", "int64", "bool", "category"]


class Level(StrEnum):
    """Levels of places, by INEGI's own names; each value is also the word used in URLs."""

    STATE = "entidad"
    MUNICIPALITY = "municipio"
    LOCALITY = "localidad"
    AGEB = "ageb"
    BLOCK = "manzana"

    @property
    def code_length(self) -> int:
        """Characters of a ``cvegeo`` of this level (an urban AGEB includes its locality)."""
        return _CODE_LENGTHS[self]

    @property
    def layer(self) -> str:
        """Plural name: that of the level's table, tile set and collection."""
        return _LAYERS[self]


_CODE_LENGTHS = {
    Level.STATE: 2, Level.MUNICIPALITY: 5, Level.LOCALITY: 9, Level.AGEB: 13, Level.BLOCK: 16,
}  # fmt: skip
_LAYERS = {
    Level.STATE: "entidades", Level.MUNICIPALITY: "municipios", Level.LOCALITY: "localidades",
    Level.AGEB: "agebs", Level.BLOCK: "manzanas",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a published or exchanged table.

    Parameters
    ----------
    name
        Name, in the field's standard terms, unit included (``travel_time_min``).
    dtype
        Kind of values. Numbers that can be unknown are ``float64`` with NaN.
    description
        What the column holds, in both languages.
    unit
        Unit of measure (``personas``, ``min``, ``m``, ``1`` for a share); empty for text.
    required
        Whether a value must be present in every row.
    minimum, maximum
        Bounds of valid values, inclusive.
    pattern
        Regular expression that text values match in full.
    values
        The closed list of valid text values, where there is one.
    """

    name: str
    dtype: Dtype
    description: Text
    unit: str = ""
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Contract of a table.

    Parameters
    ----------
    name
        Name shown in errors.
    columns
        Columns in their order. Others are refused.
    key
        Columns that together identify a row.
    geometry
        Accepted geometry types, empty for a plain table. A geometry may be missing
        (a place whose outline is not known) but never empty or invalid.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    geometry: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> Column:
        """Return a column by name; raises ``KeyError`` if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def check(self, frame: pd.DataFrame, *, file: Path | str | None = None) -> pd.DataFrame:
        """Return ``frame`` in the contract's column order, or say what breaks it.

        Parameters
        ----------
        frame
            Rows to check; a GeoDataFrame in EPSG:4326 where the contract has geometry.
        file
            File the rows came from, for the error.

        Returns
        -------
        DataFrame
            The same rows with a fresh ``RangeIndex``.

        Raises
        ------
        InputError
            At the first missing column, wrong type, value out of bounds, or repeated key.
        """
        self._check_columns(frame, file)
        frame = frame.reset_index(drop=True)
        for column in self.columns:
            _check_values(frame[column.name], column, file=file, table=self.name)
        self._check_key(frame, file)
        if self.geometry:
            self._check_geometry(frame, file)
        names = [column.name for column in self.columns]
        return frame[[*names, "geometry"] if self.geometry else names]

    def _check_columns(self, frame: pd.DataFrame, file: Path | str | None) -> None:
        expected = {column.name for column in self.columns} | (
            {"geometry"} if self.geometry else set()
        )
        missing, extra = (
            sorted(expected - set(frame.columns)),
            sorted(set(frame.columns) - expected),
        )
        if missing or extra:
            raise InputError(
                Text(
                    f"La tabla {self.name} no tiene las columnas de su contrato",
                    f"Table {self.name} does not have the columns of its contract",
                ),
                where=Where(file=file, column=", ".join([*missing, *extra])),
                remedy=Text(
                    f"Faltan {missing}; sobran {extra}", f"Missing {missing}; unexpected {extra}"
                ),
            )

    def _check_key(self, frame: pd.DataFrame, file: Path | str | None) -> None:
        repeated = frame.duplicated(list(self.key))
        if repeated.any():
            row = int(repeated.to_numpy().argmax())
            raise InputError(
                Text(f"Clave repetida en {self.name}", f"Repeated key in {self.name}"),
                where=Where(
                    file=file,
                    row=row + 1,
                    column=", ".join(self.key),
                    value=", ".join(str(item) for item in frame.loc[row, list(self.key)]),
                ),
                remedy=Text("Cada clave debe aparecer una vez", "Each key must appear once"),
            )

    def _check_geometry(self, frame: pd.DataFrame, file: Path | str | None) -> None:
        if (
            not isinstance(frame, gpd.GeoDataFrame)
            or frame.crs is None
            or frame.crs != GEOGRAPHIC_CRS
        ):
            raise InputError(
                Text(
                    f"{self.name} no está en {GEOGRAPHIC_CRS}",
                    f"{self.name} is not in {GEOGRAPHIC_CRS}",
                ),
                where=Where(file=file, column="geometry"),
                remedy=Text("Indique el sistema de coordenadas", "Give its coordinate system"),
            )
        present = frame.geometry.notna()
        wrong = present & (
            ~frame.geometry.geom_type.isin(self.geometry)
            | frame.geometry.is_empty
            | ~frame.geometry.is_valid
        )
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise InputError(
                Text(f"Geometría no válida en {self.name}", f"Invalid geometry in {self.name}"),
                where=Where(
                    file=file,
                    row=row + 1,
                    column="geometry",
                    value=frame.geometry.iloc[row].geom_type,
                ),
                remedy=Text(
                    f"Se esperaba {', '.join(sorted(self.geometry))} válida y no vacía",
                    f"A valid, non-empty {', '.join(sorted(self.geometry))} was expected",
                ),
            )


def _check_values(
    values: pd.Series, column: Column, *, file: Path | str | None, table: str
) -> None:
    def refuse(wrong: pd.Series, right: Text) -> None:
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise InputError(
                Text(f"Valor no válido en {table}", f"Invalid value in {table}"),
                where=Where(file=file, row=row + 1, column=column.name, value=values.iloc[row]),
                remedy=right,
            )

    if str(values.dtype) != column.dtype:
        raise InputError(
            Text(f"Tipo de dato equivocado en {table}", f"Wrong data type in {table}"),
            where=Where(file=file, column=column.name, value=str(values.dtype)),
            remedy=Text(f"Se esperaba {column.dtype}", f"{column.dtype} was expected"),
        )
    present = values.notna()
    if column.required:
        refuse(~present, Text("El valor es obligatorio", "A value is required"))
    if column.minimum is not None:
        refuse(
            values < column.minimum,
            Text(
                f"Debe ser al menos {column.minimum:g}", f"It must be at least {column.minimum:g}"
            ),
        )
    if column.maximum is not None:
        refuse(
            values > column.maximum,
            Text(f"Debe ser a lo más {column.maximum:g}", f"It must be at most {column.maximum:g}"),
        )
    if column.pattern is not None:
        matched = values.astype("str").str.fullmatch(re.compile(column.pattern)).fillna(value=True)
        refuse(
            present & ~matched.astype(bool),
            Text(f"Debe tener la forma {column.pattern}", f"It must match {column.pattern}"),
        )
    if column.values:
        allowed = ", ".join(column.values)
        refuse(
            present & ~values.isin(column.values),
            Text(f"Debe ser uno de: {allowed}", f"It must be one of: {allowed}"),
        )


@dataclass(slots=True)
class Dropped:
    """Count of rows left out or mended while reading, by reason, for the build's report.

    ``reasons`` maps a stable code (``sin_coordenadas``) to its count, ``examples`` to a few
    identifiers, so that a person can look the rows up.
    """

    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, identifiers: Iterable[Hashable]) -> None:
        """Count rows under a reason and keep the first five identifiers."""
        found = [str(identifier) for identifier in identifiers]
        if found:
            self.reasons[reason] += len(found)
            kept = self.examples.setdefault(reason, [])
            kept.extend(found[: 5 - len(kept)])

    def as_record(self) -> Mapping[str, Mapping[str, object]]:
        """Return ``{reason: {"rows": n, "examples": [...]}}``, sorted by reason."""
        return {
            reason: {"rows": self.reasons[reason], "examples": self.examples.get(reason, [])}
            for reason in sorted(self.reasons)
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader returns.

    Parameters
    ----------
    table
        The checked rows.
    dropped
        Rows left out or mended on the way, by reason.
    """

    table: pd.DataFrame
    dropped: Dropped
