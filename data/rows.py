"""Rows of tabular files of any format, under INEGI's column names.

A source may be the publisher's CSV, a shapefile's table or somebody's GeoParquet extract. Readers
ask for INEGI's columns; ``columns`` says what a file calls them, ``absent`` which it does not hold.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio

from data.archives import Member, find_member, open_text, vector_layer_encoding
from data.errors import InputError, Where
from data.texts import Text

TABULAR_SUFFIXES = (".csv", ".shp", ".dbf", ".parquet", ".gpkg")
_CHUNK_ROWS = 200_000
_SIZE_LIMIT_CHARACTERS = 1 << 20
_NAMES_SHOWN = 8


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
    member
        Pattern of the member's name within an archive.
    """

    kind: Text
    wanted: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    member: str = ""


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
        If a column is missing or the file cannot be parsed.
    """
    member = find_member(path, suffixes=TABULAR_SUFFIXES, pattern=layout.member)
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
        If it cannot be opened.
    """
    try:
        return pyogrio.read_dataframe(
            member.gdal_path,
            encoding=vector_layer_encoding(member),
            read_geometry=read_geometry,
        )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise InputError(
            Text("No se pudo leer la capa", "The layer could not be read"),
            where=Where(file=member.label),
            remedy=Text("Revise que estén todos sus archivos (.shp, .shx, .dbf, .prj)",
                        "Check that all its files are there (.shp, .shx, .dbf, .prj)"),
        ) from error  # fmt: skip


def _read_csv(member: Member, layout: Layout) -> Iterator[pd.DataFrame]:
    previous_limit = csv.field_size_limit(_SIZE_LIMIT_CHARACTERS)
    try:
        with open_text(member) as stream:
            chunks = pd.read_csv(
                stream,
                dtype="str",
                keep_default_na=False,
                chunksize=_CHUNK_ROWS,
                usecols=lambda name: _plain(name) in _needed(layout),
            )
            for chunk in chunks:
                yield _rename(chunk, member, layout)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise _unreadable(member, layout) from error
    finally:
        csv.field_size_limit(previous_limit)


def _plain(name: str) -> str:
    return str(name).strip().lstrip("\ufeff").strip('"').lower()


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
            if stands is None:
                raise _missing(member, layout, list(frame.columns))
            renamed[name] = frame[stands]
    return pd.DataFrame(renamed)


def _missing(member: Member, layout: Layout, present: Sequence[str]) -> InputError:
    found = {_plain(name) for name in present}
    names = [
        layout.columns.get(name, name)
        for name in layout.wanted
        if name not in layout.absent and _plain(layout.columns.get(name, name)) not in found
    ]
    listed = ", ".join(names[:_NAMES_SHOWN]) + ("…" if len(names) > _NAMES_SHOWN else "")
    return InputError(
        Text(f"No parece {layout.kind.es}: faltan columnas",
             f"It does not look like {layout.kind.en}: columns are missing"),
        where=Where(file=member.label, column=listed),
        remedy=Text("Dé el archivo correcto, o diga en cuidados.toml cómo se llaman sus columnas",
                    "Give the right file, or say in cuidados.toml what its columns are called"),
    )  # fmt: skip


def _unreadable(member: Member, layout: Layout) -> InputError:
    return InputError(
        Text(f"No se pudo leer como {layout.kind.es}", f"Could not be read as {layout.kind.en}"),
        where=Where(file=member.label),
        remedy=Text("Revise que el archivo esté completo y en su formato",
                    "Check that the file is whole and in its format"),
    )  # fmt: skip


def text_of(values: pd.Series) -> pd.Series:
    """Return trimmed text; blank is unknown."""
    text = values.astype("str").str.strip()
    return text.where(text.str.len() > 0)


def numbers_of(values: pd.Series) -> pd.Series:
    """Return numbers as float64, NaN where the text is blank or is not a number."""
    if pd.api.types.is_numeric_dtype(values):
        return values.astype("float64")
    return pd.to_numeric(text_of(values), errors="coerce").astype("float64")
