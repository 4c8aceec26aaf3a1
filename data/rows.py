"""Rows of tabular files of any format, under INEGI's column names.

A source may be the publisher's CSV, a shapefile's table or somebody's GeoParquet extract. Readers
ask for INEGI's columns; ``columns`` says what a file calls them, ``absent`` which it does not hold.
"""

import csv as python_csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from data.archives import (
    Member,
    find_encoding,
    find_member,
    open_text,
    vector_layer_encoding,
)
from data.errors import InputError, LimitError, Where
from data.texts import Text
from data.vectors import VectorError, layer_info, read_layer

TABULAR_SUFFIXES = (".csv", ".tsv", ".shp", ".dbf", ".parquet", ".gpkg")
# Tables are read in blocks of this size; a row that fills one is no row of INEGI's.
MAX_ROW_BYTES = 16 << 20
_NAMES_SHOWN = 8
# Letters by which a header may differ from a name and still be taken for it.
_MISSPELT = 2
_CONTROL = r"[\x00-\x1f\x7f]+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is laid out.

    Parameters
    ----------
    kind
        What the file should be, for errors.
    wanted
        INEGI's names of the columns to read.
    columns
        Name in the file of those it calls otherwise.
    absent
        Wanted columns the file is known not to hold; they are read as unknown.
    optional
        Wanted columns a file may lack without anybody saying so; they are then read as unknown.
        One that ``columns`` names must be there, and so must one whose name a header of the file
        stands close to.
    known
        Every name the publisher uses: a header that is one of them is nobody else's misspelling.
    member
        Pattern of the member's name within an archive.
    """

    kind: Text
    wanted: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    member: str = ""

    def may_lack(self, name: str) -> bool:
        """Say whether a file may lack a wanted column."""
        return name in self.absent or (name in self.optional and name not in self.columns)


def iterate_rows(path: Path, layout: Layout) -> Iterator[tuple[Member, int, pd.DataFrame]]:
    """Yield chunks of rows with the wanted columns, text as it stands in the file.

    Yields
    ------
    member, first_row, frame
        The file read, the number of the chunk's first data row (from 1), and the rows. CSV values
        are text; other formats keep their types.

    Raises
    ------
    InputError
        If a column is missing or misspelt, or the file cannot be parsed.
    """
    member = find_member(path, suffixes=TABULAR_SUFFIXES, pattern=layout.member)
    if layout.optional:
        _refuse_misspelt(member, layout)
    first_row = 1
    for chunk in _chunks(member, layout):
        for name in layout.absent:
            chunk[name] = np.nan
        yield member, first_row, chunk[list(layout.wanted)]
        first_row += len(chunk)


def _chunks(member: Member, layout: Layout) -> Iterator[pd.DataFrame]:
    if member.suffix == ".parquet":
        yield _rename(_read_parquet(member, layout), member, layout)
    elif member.suffix in (".shp", ".dbf", ".gpkg"):
        yield _rename(read_vector(member, read_geometry=False), member, layout)
    else:
        yield from _read_csv(member, layout)


def _read_parquet(member: Member, layout: Layout) -> pd.DataFrame:
    if member.name is not None:
        raise _unreadable(member, layout)
    try:
        return pq.read_table(member.path).to_pandas()
    except (OSError, ValueError) as error:
        raise _unreadable(member, layout) from error


def read_vector(member: Member, *, read_geometry: bool = True) -> gpd.GeoDataFrame:
    """Read a layer through GDAL, in place.

    Raises
    ------
    InputError
        If it cannot be opened, or is shorter than it says.
    """
    if member.suffix == ".shp" and member.size_bytes < _stated_bytes(member):
        raise _unreadable_layer(member)
    try:
        return read_layer(
            member.gdal_path,
            encoding=vector_layer_encoding(member),
            read_geometry=read_geometry,
        )
    except VectorError as error:
        raise _unreadable_layer(member) from error


def _stated_bytes(member: Member) -> int:
    """Return the length a shapefile's header states, in 16-bit words; GDAL does not check it."""
    with member.open() as stream:
        return 2 * int.from_bytes(stream.read(28)[24:], "big")


def _unreadable_layer(member: Member) -> InputError:
    return InputError(
        Text("No se pudo leer la capa", "The layer could not be read"),
        where=Where(file=member.label),
        remedy=Text("Revise que estén todos sus archivos (.shp, .shx, .dbf, .prj)",
                    "Check that all its files are there (.shp, .shx, .dbf, .prj)"),
    )  # fmt: skip


def _read_csv(member: Member, layout: Layout) -> Iterator[pd.DataFrame]:
    names, encoding = _header(member), find_encoding(member)
    if not names:
        raise _unreadable(member, layout)
    needed = _needed(layout)
    chosen = {str(at): name for at, name in enumerate(names) if _plain(name) in needed}
    # A header alone is a table without rows, whose columns are checked all the same.
    nothing = pd.DataFrame({name: pd.Series(dtype="str") for name in chosen.values()})
    yield _rename(nothing, member, layout)
    malformed: list[csv.InvalidRow] = []

    def note(row: csv.InvalidRow) -> str:
        malformed.append(row)
        return "error"

    read = csv.ReadOptions(
        block_size=MAX_ROW_BYTES,
        column_names=[str(at) for at in range(len(names))],
        skip_rows=1,
        encoding="utf8" if encoding == "utf-8-sig" else encoding,
        use_threads=False,
    )
    parse = csv.ParseOptions(
        delimiter=_delimiter(member), newlines_in_values=True, invalid_row_handler=note
    )
    convert = csv.ConvertOptions(
        include_columns=list(chosen),
        column_types=dict.fromkeys(chosen, pa.string()),
        strings_can_be_null=False,
    )
    try:
        with member.open() as stream:
            for batch in csv.open_csv(
                stream, read_options=read, parse_options=parse, convert_options=convert
            ):
                yield _rename(batch.to_pandas().rename(columns=chosen), member, layout)
    except pa.ArrowInvalid as error:
        if not str(error).startswith("Empty CSV file"):
            raise _malformed(member, layout, malformed, error) from error


def _header(member: Member) -> list[str]:
    """Return the names of the columns, none if the first line is no row of a table."""
    with open_text(member) as stream:
        try:
            first = [stream.readline(MAX_ROW_BYTES)]
            return next(python_csv.reader(first, delimiter=_delimiter(member)), [])
        except python_csv.Error:
            return []


def _delimiter(member: Member) -> str:
    return "\t" if member.suffix == ".tsv" else ","


def _malformed(
    member: Member, layout: Layout, rows: Sequence[csv.InvalidRow], error: pa.ArrowInvalid
) -> InputError | LimitError:
    if "straddling" in str(error):
        return LimitError(
            Text("Una fila del archivo no termina", "A row of the file does not end"),
            where=Where(file=member.label),
            remedy=Text(f"Se aceptan filas de hasta {MAX_ROW_BYTES:,} bytes; revise que no haya"
                        " comillas sin cerrar",
                        f"Rows of up to {MAX_ROW_BYTES:,} bytes are accepted; check for quotes"
                        " that do not close"),
        )  # fmt: skip
    if not rows:
        return _unreadable(member, layout)
    found = rows[0]
    return InputError(
        Text(f"Una fila no tiene las {found.expected_columns} columnas del encabezado",
             f"A row has not the {found.expected_columns} columns of the header"),
        where=Where(file=member.label, row=found.number and found.number - 1, value=found.text),
        remedy=Text(f"Tiene {found.actual_columns}: revise comas y comillas, o que el archivo esté"
                    " completo",
                    f"It has {found.actual_columns}: check commas and quotes, or that the file is"
                    " whole"),
    )  # fmt: skip


def column_names(member: Member) -> tuple[str, ...]:
    """Return the names of a table's columns in capitals, without reading its rows.

    Raises
    ------
    InputError
        If it cannot be opened.
    """
    if member.suffix == ".parquet":
        names = [] if member.name is not None else _parquet_names(member)
    elif member.suffix in (".shp", ".dbf", ".gpkg"):
        names = list(_vector_info(member)["fields"])
    else:
        names = _header(member)
    return tuple(_plain(name).upper() for name in names)


def _parquet_names(member: Member) -> list[str]:
    try:
        return list(pq.read_schema(member.path).names)
    except (OSError, ValueError) as error:
        raise _unreadable_layer(member) from error


def _vector_info(member: Member) -> dict[str, Any]:
    try:
        return layer_info(member.gdal_path, encoding=vector_layer_encoding(member))
    except VectorError as error:
        raise _unreadable_layer(member) from error


def _plain(name: str) -> str:
    # A byte-order mark shows as itself, or as ï»¿ where the rest of the file is not UTF-8.
    return str(name).strip().removeprefix("\ufeff").removeprefix("ï»¿").strip('"').strip().lower()


def _needed(layout: Layout) -> frozenset[str]:
    held = [name for name in layout.wanted if name not in layout.absent]
    return frozenset(_plain(layout.columns.get(name, name)) for name in held)


def _rename(frame: pd.DataFrame, member: Member, layout: Layout) -> pd.DataFrame:
    """Give columns INEGI's names, or say which are missing."""
    found = {_plain(name): name for name in frame.columns}
    renamed: dict[str, pd.Series] = {}
    for name in layout.wanted:
        if name not in layout.absent:
            stands = found.get(_plain(layout.columns.get(name, name)))
            if stands is not None:
                renamed[name] = frame[stands]
            elif layout.may_lack(name):
                renamed[name] = pd.Series(np.nan, index=frame.index)
            else:
                raise _missing(member, layout, list(frame.columns))
    return pd.DataFrame(renamed)


def _missing(member: Member, layout: Layout, present: Sequence[str]) -> InputError:
    found = {_plain(name) for name in present}
    names = [
        layout.columns.get(name, name)
        for name in layout.wanted
        if not layout.may_lack(name) and _plain(layout.columns.get(name, name)) not in found
    ]
    listed = ", ".join(names[:_NAMES_SHOWN]) + ("…" if len(names) > _NAMES_SHOWN else "")
    return InputError(
        Text(f"No parece {layout.kind.es}: faltan columnas",
             f"It does not look like {layout.kind.en}: columns are missing"),
        where=Where(file=member.label, column=listed),
        remedy=Text("Dé el archivo correcto, o diga en cuidados.toml cómo se llaman sus columnas",
                    "Give the right file, or say in cuidados.toml what its columns are called"),
    )  # fmt: skip


def _refuse_misspelt(member: Member, layout: Layout) -> None:
    """Refuse a header that is an optional column's name but for a letter or two.

    Such a column would otherwise be unknown in every row, and nobody would see why.
    """
    headers = [name.lower() for name in column_names(member)]
    taken = {_plain(name) for name in (*layout.wanted, *layout.known, *layout.columns.values())}
    strange = [name for name in headers if name not in taken]
    for name in layout.optional:
        if name in layout.absent or name in layout.columns or _plain(name) in headers:
            continue
        close = next((item for item in strange if _edits(item, _plain(name)) <= _MISSPELT), None)
        if close is not None:
            given = close.upper()
            raise InputError(
                Text(f"No hay columna {name}, y una se llama casi igual",
                     f"There is no column {name}, and one is called nearly so"),
                where=Where(file=member.label, column=given),
                remedy=Text(f"Si «{given}» es {name}, corrija el encabezado o dígalo en "
                            f'cuidados.toml: columns = {{ {name} = "{given}" }}; si no lo es, '
                            f'absent = ["{name}"]',
                            f"If “{given}” is {name}, correct the header or say so in "
                            f'cuidados.toml: columns = {{ {name} = "{given}" }}; if it is not, '
                            f'absent = ["{name}"]'),
            )  # fmt: skip


def _edits(one: str, other: str) -> int:
    """Return how many letters are put in, left out or exchanged to turn one name into another."""
    if abs(len(one) - len(other)) > _MISSPELT:
        return len(one) + len(other)
    steps = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for kind, i1, i2, j1, j2 in steps if kind != "equal")


def _unreadable(member: Member, layout: Layout) -> InputError:
    return InputError(
        Text(f"No se pudo leer como {layout.kind.es}", f"Could not be read as {layout.kind.en}"),
        where=Where(file=member.label),
        remedy=Text("Revise que el archivo esté completo y en su formato",
                    "Check that the file is whole and in its format"),
    )  # fmt: skip


def text_of(values: pd.Series) -> pd.Series:
    """Return trimmed text without control characters; blank is unknown."""
    text = values.astype("str").str.replace(_CONTROL, " ", regex=True).str.strip()
    return text.where(text.str.len() > 0)


def numbers_of(values: pd.Series) -> pd.Series:
    """Return finite numbers as float64, NaN where the text is blank or is no such number."""
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.astype("float64")
    else:
        numbers = pd.to_numeric(text_of(values), errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers))
