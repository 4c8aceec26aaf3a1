"""Census tables gathered by level: one row a place, with what was found wrong on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from data.errors import InputError, Where
from data.tables import Level
from data.texts import Text
from geo.demand.counts import HALF_PERSON
from geo.demand.variables import CENSUS_COLUMNS, COUNTS, DWELLINGS

LEVELS: tuple[Level, ...] = tuple(Level)
FAULT_COLUMNS = ("check", "level", "cvegeo", "variable", "found", "least", "most")
# Localities of one and of two dwellings come added up in rows of their own, which are no places.
_NOT_PLACES = ("0000", "9998", "9999")


class CensusTable(Protocol):
    """What a census reader returns, as far as demand needs it.

    ``table`` has ``cvegeo``, ``level``, ``name``, census variables as float64 with NaN for
    unknown and, for localities, ``lon`` and ``lat``; ``confidential`` marks the cells that
    were ``*``, with the same rows.
    """

    @property
    def table(self) -> pd.DataFrame:
        """Rows of any level."""

    @property
    def confidential(self) -> pd.DataFrame:
        """Cells that were hidden."""


@dataclass(frozen=True, slots=True)
class LevelRows:
    """Census rows of one level.

    Parameters
    ----------
    values
        Census variables by ``cvegeo``, sorted.
    hidden
        Cells that were ``*``.
    names
        Name of each place, None where there is none.
    points
        ``lon`` and ``lat`` of each place, NaN where there are none.
    """

    values: pd.DataFrame
    hidden: pd.DataFrame
    names: pd.Series
    points: pd.DataFrame


class Faults:
    """Rows that do not agree, collected for the report."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, str, str | None, float, float, float]] = []

    def add(
        self, check: str, level: Level, cvegeo: str, *, variable: str | None = None,
        found: float = np.nan, least: float = np.nan, most: float = np.nan,
    ) -> None:  # fmt: skip
        """Record one fault: what was found, and the least and most it could have been."""
        self._rows.append((check, level.value, cvegeo, variable, found, least, most))

    def table(self) -> pd.DataFrame:
        """Return the faults as a table, in a fixed order."""
        made = pd.DataFrame(self._rows, columns=list(FAULT_COLUMNS))
        numbers = dict.fromkeys(FAULT_COLUMNS[4:], "float64")
        words = dict.fromkeys(FAULT_COLUMNS[:4], "str")
        return (
            made.astype({**words, **numbers})
            .sort_values(list(FAULT_COLUMNS[:4]), ignore_index=True)
        )  # fmt: skip


def gather(
    readings: Sequence[CensusTable | None], faults: Faults, beside: Sequence[str] = ()
) -> Mapping[Level, LevelRows]:
    """Put the census rows of every source together by level.

    Parameters
    ----------
    readings
        Sources in order of preference: where two hold the same count of a place, the first
        that publishes it is taken, and a difference is a fault (``fuentes_distintas``).
    faults
        Where disagreements are recorded.
    beside
        Census variables to put together besides those of demand; a file may lack them.

    Returns
    -------
    mapping
        Rows of each level; a level nobody holds has none.

    Raises
    ------
    InputError
        If a place is repeated within a source, or a count is negative.
    """
    columns = [*CENSUS_COLUMNS, *beside]
    parts: dict[Level, list[LevelRows]] = {level: [] for level in LEVELS}
    for reading in readings:
        if reading is not None:
            _refuse_bad_counts(reading.table)
            for level in LEVELS:
                parts[level].append(_rows_of(reading, level, columns))
    return {level: _merge(found, level, faults, columns) for level, found in parts.items()}


def _refuse_bad_counts(table: pd.DataFrame) -> None:
    for column in [name for name in CENSUS_COLUMNS if name in table.columns]:
        negative = (table[column] < 0).to_numpy()
        if negative.any():
            row = int(negative.argmax())
            raise InputError(
                Text("Una cuenta de personas es negativa", "A count of people is negative"),
                where=Where(row=row + 1, column=column, value=float(table[column].iloc[row])),
                remedy=Text(
                    f"Corrija la fila de {table['cvegeo'].iloc[row]} en el archivo censal",
                    f"Mend the row of {table['cvegeo'].iloc[row]} in the census file",
                ),
            )
    repeated = table["cvegeo"].duplicated().to_numpy()
    if repeated.any():
        row = int(repeated.argmax())
        raise InputError(
            Text("Un lugar aparece dos veces en el censo", "A place appears twice in the census"),
            where=Where(row=row + 1, column="cvegeo", value=str(table["cvegeo"].iloc[row])),
            remedy=Text("Cada lugar debe tener una sola fila", "Each place must have one row"),
        )


def _rows_of(reading: CensusTable, level: Level, columns: Sequence[str]) -> LevelRows:
    table = reading.table
    chosen = table["level"].astype("str").eq(level.value).to_numpy()
    if level is Level.LOCALITY:
        chosen = chosen & ~table["cvegeo"].str[5:9].isin(_NOT_PLACES).to_numpy()
    rows = table.loc[chosen]
    index = pd.Index(rows["cvegeo"].astype("str"), name="cvegeo")
    held = [name for name in columns if name in table.columns]
    masked = reading.confidential.loc[chosen].reindex(columns=held, fill_value=False)
    points = (
        rows[["lon", "lat"]].to_numpy(dtype="float64")
        if "lon" in table.columns
        else np.full((len(rows), 2), np.nan)
    )
    return LevelRows(
        values=pd.DataFrame(rows[held].to_numpy(dtype="float64"), index=index, columns=held),
        hidden=pd.DataFrame(masked.to_numpy(dtype=bool), index=index, columns=held),
        names=pd.Series(rows["name"].to_numpy(dtype="object"), index=index, dtype="object"),
        points=pd.DataFrame(points, index=index, columns=["lon", "lat"]),
    )


def _merge(
    parts: Sequence[LevelRows], level: Level, faults: Faults, columns: Sequence[str]
) -> LevelRows:
    index = pd.Index(sorted({code for part in parts for code in part.values.index}), name="cvegeo")
    values = pd.DataFrame(np.nan, index=index, columns=columns, dtype="float64")
    hidden = pd.DataFrame(data=False, index=index, columns=columns)
    names = pd.Series(None, index=index, dtype="object")
    points = pd.DataFrame(np.nan, index=index, columns=["lon", "lat"], dtype="float64")
    for part in parts:
        found = part.values.reindex(index=index, columns=columns)
        _compare(values, found, level, faults)
        values = values.where(values.notna(), found)
        hidden |= part.hidden.reindex(index=index, columns=columns, fill_value=False)
        names = names.where(names.notna(), part.names.reindex(index))
        points = points.where(points.notna(), part.points.reindex(index))
    return LevelRows(values, hidden & values.isna(), names, points)


def _compare(first: pd.DataFrame, second: pd.DataFrame, level: Level, faults: Faults) -> None:
    apart = ((first - second).abs() > HALF_PERSON)[list(COUNTS)]  # NaN compares as agreement
    if apart.to_numpy().any():
        for row, column in zip(*np.nonzero(apart.to_numpy()), strict=True):
            place, code = str(apart.index[row]), str(apart.columns[column])
            faults.add(
                "fuentes_distintas", level, place, variable=code,
                found=second.loc[place, code], least=first.loc[place, code],
                most=first.loc[place, code],
            )  # fmt: skip


def dwellings_of(rows: LevelRows) -> pd.Series:
    """Return the inhabited dwellings of each place, NaN where not known."""
    return rows.values[DWELLINGS]
