"""CONAPO's marginalisation index, by AGEB, locality or municipality: who is worse off."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pandas as pd

from data.places import complete_code, within
from data.rows import Layout, iterate_rows, numbers_of, text_of
from data.tables import Column, Dropped, Level, Reading, Table
from data.texts import Text

_KIND = Text("un índice de marginación de CONAPO", "a marginalisation index of CONAPO")
_WANTED = ("CVE_AGEB", "IMN_2020", "GM_2020")

MARGINALISATION = Table(
    name="marginación",
    key=("cvegeo",),
    columns=(
        Column(name="cvegeo", dtype="str", required=True, pattern=r"\d\d[0-9A-Z]{0,14}",
               description=Text("Clave geoestadística", "Geostatistical code")),
        Column(name="marginalisation_index", dtype="float64", unit="índice de 0 a 1", minimum=0.0,
               maximum=1.0, description=Text(
                   "Índice de marginación normalizado: cuanto mayor, menos marginación",
                   "Normalised marginalisation index: the higher, the less marginalised")),
        Column(name="grade", dtype="str",
               description=Text("Grado de marginación", "Grade of marginalisation")),
    ),
)  # fmt: skip


def read_marginalisation(
    paths: Sequence[Path],
    *,
    columns: Mapping[str, str] | None = None,
    absent: Sequence[str] = (),
    place: Collection[str] = (),
) -> Reading:
    """Read the index of each place.

    Parameters
    ----------
    paths
        CONAPO's tables, or extracts of them.
    columns
        CONAPO's column (``CVE_AGEB``, ``IMN_2020``, ``GM_2020``) → name in the files; a table of
        municipalities calls the first ``CVE_MUN``.
    absent
        Columns the files do not hold.
    place
        Codes of states or municipalities to keep; none keeps all.

    Returns
    -------
    Reading
        ``MARGINALISATION`` rows sorted by ``cvegeo``. Rows without a code of a level are counted;
        of repeated codes the first stays.

    Raises
    ------
    InputError
        If a column is missing, or an index lies outside 0 to 1.
    """
    layout = Layout(kind=_KIND, wanted=_WANTED, columns=columns or {}, absent=tuple(absent))
    chunks = [chunk for path in paths for _, _, chunk in iterate_rows(path, layout)]
    rows = pd.concat(chunks, ignore_index=True)
    table = pd.DataFrame(
        {
            "cvegeo": complete_code(text_of(rows["CVE_AGEB"])),
            "marginalisation_index": numbers_of(rows["IMN_2020"]),
            "grade": text_of(rows["GM_2020"]),
        }
    )
    dropped = Dropped()
    whole = table["cvegeo"].str.len().isin([level.code_length for level in Level])
    coded = whole & table["cvegeo"].str.match(r"\d\d").fillna(value=False).astype(bool)
    dropped.add("sin_clave", table.loc[~coded, "cvegeo"].fillna("?"))
    table = table[coded]
    elsewhere = ~within(table["cvegeo"], place)
    dropped.add("otro_lugar", table.loc[elsewhere, "cvegeo"])
    table = table[~elsewhere]
    repeated = table.duplicated("cvegeo")
    dropped.add("clave_repetida", table.loc[repeated, "cvegeo"])
    table = table[~repeated].sort_values("cvegeo", ignore_index=True)
    return Reading(MARGINALISATION.check(table), dropped)
