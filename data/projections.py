"""Population projections by municipality and age (CONAPO), in the layout of the open extract.

One row a year, municipality, sex and age band: ``y`` (year), ``geoid`` (state and municipality),
``gender``, ``age`` (``0-14`` … ``65+``) and ``population``, which need not be whole. The sexes
are added.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import InputError, LimitError, Where
from data.places import within
from data.rows import Layout, iterate_rows, numbers_of, text_of
from data.tables import Column, Dropped, Reading, Table
from data.texts import Text

# Bands the projections come in, youngest first, with their first and last age.
AGES: dict[str, tuple[int, int | None]] = {
    "0-14": (0, 14), "15-29": (15, 29), "30-44": (30, 44), "45-64": (45, 64), "65+": (65, None),
}  # fmt: skip
_WANTED = ("y", "geoid", "gender", "age", "population")
_KEY = ["year", "cvegeo", "gender", "age"]
_MAX_ROWS = 5_000_000
_MAX_PEOPLE = 5e7
_KIND = Text("proyecciones de población del CONAPO", "CONAPO population projections")

PROJECTIONS = Table(
    name="proyecciones",
    key=("cvegeo", "year", "age"),
    columns=(
        Column(name="cvegeo", dtype="str", required=True, pattern=r"\d{5}",
               description=Text("Clave del municipio", "Code of the municipality")),
        Column(name="year", dtype="int64", unit="año", required=True,
               description=Text("Año, a mitad de él", "Year, at its middle")),
        Column(name="age", dtype="str", required=True, values=tuple(AGES),
               description=Text("Grupo de edad", "Age band")),
        Column(name="population", dtype="float64", unit="personas", required=True, minimum=0.0,
               description=Text("Población proyectada, ambos sexos",
                                "Projected population, both sexes")),
    ),
)  # fmt: skip


def read_projections(
    paths: Sequence[Path],
    *,
    columns: dict[str, str] | None = None,
    absent: Sequence[str] = (),
    place: Collection[str] = (),
) -> Reading:
    """Read population projections by municipality, year and age.

    Parameters
    ----------
    paths
        Tables (CSV, Parquet …), plain or zipped.
    columns
        Name in the files of the columns they call otherwise.
    absent
        Columns the files do not hold; only ``gender`` may be lacking.
    place
        Codes of states or municipalities to keep; none keeps all.

    Returns
    -------
    Reading
        `PROJECTIONS`, sorted; nothing is dropped but other places.

    Raises
    ------
    InputError
        If a column is missing, a value is no number or is negative, an age is not known, a row is
        repeated, or a municipality lacks an age in a year.
    LimitError
        If there are more rows than any such table has.
    """
    layout = Layout(
        kind=_KIND, wanted=_WANTED, columns=columns or {},
        absent=tuple(name for name in absent if name == "gender"),
    )  # fmt: skip
    parts: list[pd.DataFrame] = []
    seen = 0
    for path in paths:
        for member, first_row, chunk in iterate_rows(path, layout):
            seen += len(chunk)
            if seen > _MAX_ROWS:
                raise LimitError(
                    Text("Demasiadas filas de proyecciones", "Too many rows of projections"),
                    where=Where(file=member.label, row=first_row),
                    remedy=Text(f"Se aceptan {_MAX_ROWS:,}", f"{_MAX_ROWS:,} are accepted"),
                )
            rows = _checked(chunk, member.label, first_row)
            parts.append(rows[within(rows["cvegeo"], place)] if place else rows)
    table = pd.concat(parts, ignore_index=True)
    _refuse_repeated(table)
    summed = table.groupby(["cvegeo", "year", "age"], as_index=False)["population"].sum()
    summed = summed.sort_values(["cvegeo", "year", "age"], ignore_index=True)
    summed["cvegeo"] = summed["cvegeo"].astype("str")
    summed["age"] = summed["age"].astype("str")
    _refuse_incomplete(summed, paths[0])
    return Reading(PROJECTIONS.check(summed, file=paths[0]), Dropped())


def _checked(chunk: pd.DataFrame, file: str, first_row: int) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "cvegeo": _codes(chunk["geoid"]),
            "year": numbers_of(chunk["y"]),
            "gender": chunk["gender"].astype("str"),
            "age": text_of(chunk["age"]).astype("object"),
            "population": numbers_of(chunk["population"]),
            "row": np.arange(first_row, first_row + len(chunk)),
            "file": file,
        }
    )
    code = rows["cvegeo"].str.fullmatch(r"\d{5}").fillna(value=False).astype(bool)
    people = rows["population"]
    for column, good, es, en in (
        ("geoid", code, "una clave de cinco cifras", "a code of five digits"),
        ("y", rows["year"].between(1900, 2200) & (rows["year"] % 1 == 0), "un año", "a year"),
        ("age", rows["age"].isin(list(AGES)), f"una de {', '.join(AGES)}",
         f"one of {', '.join(AGES)}"),
        ("population", people.between(0, _MAX_PEOPLE), "personas, cero o más",
         "people, zero or more"),
    ):  # fmt: skip
        if not good.all():
            wrong = int((~good).to_numpy().argmax())
            raise InputError(
                Text("Una fila de las proyecciones no se puede usar",
                     "A row of the projections cannot be used"),
                where=Where(file=file, row=first_row + wrong, column=column,
                            value=chunk[column].iloc[wrong]),
                remedy=Text(f"Debe ser {es}", f"It must be {en}"),
            )  # fmt: skip
    rows["year"] = rows["year"].astype("int64")
    return rows


def _codes(values: pd.Series) -> pd.Series:
    """Return municipality codes with their leading zeros, which numbers lose."""
    if pd.api.types.is_numeric_dtype(values):
        return values.astype("int64").astype("str").str.zfill(5)
    return text_of(values).str.zfill(5)


def _refuse_repeated(table: pd.DataFrame) -> None:
    repeated = table.duplicated(_KEY).to_numpy()
    if repeated.any():
        row = table.iloc[int(repeated.argmax())]
        raise InputError(
            Text("Una fila de las proyecciones está repetida", "A row of the projections repeats"),
            where=Where(file=row["file"], row=int(row["row"]), column="geoid",
                        value=f"{row['cvegeo']} {row['year']} {row['age']}"),
            remedy=Text("Deje una fila por año, municipio, sexo y edad",
                        "Leave one row for each year, municipality, sex and age"),
        )  # fmt: skip


def _refuse_incomplete(table: pd.DataFrame, file: Path) -> None:
    ages = table.groupby(["cvegeo", "year"])["age"].size()
    short = ages[ages != len(AGES)]
    if len(short):
        place, year = short.index[0]
        raise InputError(
            Text("Faltan edades en las proyecciones", "The projections lack ages"),
            where=Where(file=file, column="age", value=f"{place} {year}"),
            remedy=Text(f"Cada municipio y año lleva {', '.join(AGES)}",
                        f"Each municipality and year has {', '.join(AGES)}"),
        )  # fmt: skip
