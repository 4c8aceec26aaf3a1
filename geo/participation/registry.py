"""What every published column of participation says: read from ``columns.csv``."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import cast

from data.tables import Column
from data.texts import Text
from geo.indicators import Direction, Indicator, Kind

_CENSUS = ("census_areas", "census_localities", "census_municipalities")
_OUTLINES = ("states", "municipalities", "agebs")
_SOURCES: Mapping[str, tuple[str, ...]] = {
    "census": _CENSUS,
    "marginacion": ("marginacion",),
    "supply": ("denue", *_CENSUS),
    "around": ("denue", *_CENSUS, "agebs"),
    "all": ("denue", *_CENSUS, *_OUTLINES, "streets", "marginacion"),
}
# Columns of the levels' layers; every other table is an asset of that name.
LAYER = "layer"


def participation_indicators(table: str = LAYER) -> tuple[Indicator, ...]:
    """Return the columns of a table, in order: those added to layers, or those of an asset."""
    with (
        resources.files("geo.participation").joinpath("columns.csv").open(encoding="utf-8") as lines
    ):
        return tuple(_indicator(row) for row in csv.DictReader(lines) if row["table"] == table)


@cache
def _titles() -> Mapping[str, Text]:
    return {indicator.column.name: indicator.title for indicator in participation_indicators()}


def title_of(column: str) -> Text | None:
    """Return what people call a column of the layers; None for any other column."""
    return _titles().get(column)


def _indicator(row: Mapping[str, str]) -> Indicator:
    return Indicator(
        column=Column(
            name=row["name"],
            dtype="str" if row["dtype"] == "str" else "float64",
            unit=row["unit"],
            description=Text(row["description_es"], row["description_en"]),
            minimum=float(row["minimum"]) if row["minimum"] else None,
            maximum=float(row["maximum"]) if row["maximum"] else None,
            values=tuple(row["values"].split(";")) if row["values"] else (),
        ),
        title=Text(row["title_es"], row["title_en"]),
        kind=cast("Kind", row["kind"]),
        sources=_SOURCES[row["sources"]],
        method=row["method"],
        higher_is=cast("Direction", row["higher_is"]),
        mapped=row["mapped"] == "yes",
    )
