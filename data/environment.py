"""Características del Entorno Urbano 2020: what the streets around a block have.

Each item is coded 1 (all streets), 2 (some street), 3 (no street), 7 (housing complex), 8 (does
not apply) or 9 (not specified). The table comes wide, a row a block with a ``_C`` code and a
``_D`` text an item, or long, a row an item.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from data.archives import Member, find_member
from data.errors import InputError, Where
from data.places import complete_code, within
from data.rows import TABULAR_SUFFIXES, Layout, column_names, iterate_rows, text_of
from data.tables import Column, Dropped, Level, Reading, Table
from data.texts import Text

CODES = ("1", "2", "3", "7", "8", "9")
# What each item is, and what it means for a walk, stands in data/codebooks/environment_items.csv.
ITEMS = (
    "RECUCALL", "BANQUETA", "GUARNICI", "RAMPAS", "PASOPEAT", "SEMAPEAT", "SEMAAUDI", "ALUMPUB",
    "LETRERO", "ARBOLES", "DRENAJEP", "TRANSCOL", "PARATRAN", "CICLOVIA", "CICLOCAR", "ESTABICI",
    "TELPUB", "ACESOPER", "ACESOAUT", "PUESSEMI", "PUESAMBU",
)  # fmt: skip
# Names the long table uses for the same items.
_ALIASES = {
    "PARADATRANS": "PARATRAN", "ESTACIONBICI": "ESTABICI", "SEMAFOROPEAT": "SEMAPEAT",
    "SEMAFOROAUDI": "SEMAAUDI", "CICLOCARRIL": "CICLOCAR", "GUARNICION": "GUARNICI",
    "ALUMBRADO": "ALUMPUB", "PUESTOSEMI": "PUESSEMI", "PUESTOAMBU": "PUESAMBU",
}  # fmt: skip
_KIND = Text(
    "una tabla de Características del Entorno Urbano 2020",
    "a 2020 urban-environment table",
)

BLOCK_ENVIRONMENT = Table(
    name="entorno urbano",
    key=("cvegeo",),
    columns=(
        Column(name="cvegeo", dtype="str", required=True, pattern=r"[0-9A-Z]{16}",
               description=Text("Clave de la manzana", "Code of the block")),
        *(
            Column(name=item, dtype="float64", unit="código", minimum=1.0, maximum=9.0,
                   description=Text(f"Código del concepto {item}", f"Code of the item {item}"))
            for item in ITEMS
        ),
    ),
)  # fmt: skip


def read_environment(paths: Sequence[Path], *, place: Collection[str] = ()) -> Reading:
    """Read the items of each block.

    Parameters
    ----------
    paths
        Tables, wide or long, plain or zipped.
    place
        Codes of states or municipalities to keep; none keeps all.

    Returns
    -------
    Reading
        ``BLOCK_ENVIRONMENT`` rows sorted by ``cvegeo``, codes as published; NaN where an item is
        not in the table. Repeated blocks are counted, the first one stays.

    Raises
    ------
    InputError
        If a file is no such table, or a code is not one of 2020.
    """
    dropped = Dropped()
    parts = []
    for path in paths:
        member = find_member(path, suffixes=TABULAR_SUFFIXES)
        names = column_names(member)
        parts.append(_read_long(path, dropped) if "CARACT" in names else _read_wide(path, names))
    table = pd.concat(parts, ignore_index=True)
    elsewhere = ~within(table["cvegeo"], place)
    dropped.add("otro_lugar", table.loc[elsewhere, "cvegeo"])
    table = table[~elsewhere]
    not_block = table["cvegeo"].str.len() != Level.BLOCK.code_length
    dropped.add("sin_clave_de_manzana", table.loc[not_block, "cvegeo"].fillna("?"))
    table = table[~not_block]
    repeated = table.duplicated("cvegeo")
    dropped.add("manzana_repetida", table.loc[repeated, "cvegeo"])
    table = table[~repeated].sort_values("cvegeo", ignore_index=True)
    return Reading(BLOCK_ENVIRONMENT.check(table), dropped)


def _read_long(path: Path, dropped: Dropped) -> pd.DataFrame:
    layout = Layout(kind=_KIND, wanted=("cvegeo", "caract", "valor"))
    parts = []
    for member, first_row, rows in iterate_rows(path, layout):
        item = text_of(rows["caract"]).str.upper().str.removesuffix("_C")
        item = item.replace(_ALIASES)
        _refuse(~item.isin(ITEMS), rows["caract"], "caract", member, first_row)
        long = {
            "cvegeo": complete_code(rows["cvegeo"]),
            "item": item,
            "code": _codes(rows["valor"], "valor", member, first_row),
        }
        parts.append(pd.DataFrame(long))
    long = pd.concat(parts, ignore_index=True)
    blank = long["cvegeo"].isna()
    dropped.add("sin_clave_de_manzana", long.loc[blank, "item"])
    repeated = long.duplicated(["cvegeo", "item"]) & ~blank
    dropped.add("dato_repetido", long.loc[repeated, "cvegeo"])
    wide = long[~blank & ~repeated].pivot(index="cvegeo", columns="item", values="code")  # noqa: PD010
    return wide.reindex(columns=list(ITEMS)).astype("float64").reset_index()


def _read_wide(path: Path, names: tuple[str, ...]) -> pd.DataFrame:
    absent = tuple(f"{item}_C" for item in ITEMS if f"{item}_C" not in names)
    if len(absent) == len(ITEMS):
        absent = ()
    layout = Layout(kind=_KIND, wanted=("CVEGEO", *(f"{item}_C" for item in ITEMS)), absent=absent)
    parts = []
    for found, first_row, rows in iterate_rows(path, layout):
        codes = {item: _codes(rows[f"{item}_C"], f"{item}_C", found, first_row) for item in ITEMS}
        parts.append(pd.DataFrame({"cvegeo": complete_code(rows["CVEGEO"]), **codes}))
    return pd.concat(parts, ignore_index=True)


def _codes(values: pd.Series, column: str, member: Member, first_row: int) -> pd.Series:
    text = text_of(values).str.replace(r"\.0$", "", regex=True)
    _refuse(text.notna() & ~text.isin(CODES), values, column, member, first_row)
    return pd.to_numeric(text).astype("float64")


def _refuse(
    wrong: pd.Series, values: pd.Series, column: str, member: Member, first_row: int
) -> None:
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            Text("Código de entorno urbano no válido", "Invalid urban-environment code"),
            where=Where(file=member.label, row=first_row + row, column=column,
                        value=values.iloc[row]),
            remedy=Text("Se esperaba la tabla de 2020, con códigos 1, 2, 3, 7, 8 o 9",
                        "The 2020 table was expected, with codes 1, 2, 3, 7, 8 or 9"),
        )  # fmt: skip
