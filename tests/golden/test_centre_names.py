"""Labelled names: what rules read of who runs a centre and who may use it, as docs/methods.md says.

``centre_names.csv`` was labelled from the institutions' own terms, before its names were read by
any rule. Rules were mended on the set ``ajuste``; none was changed after ``prueba`` was written.
"""

import re
from pathlib import Path

import pandas as pd
import pytest

from data.classification import default_codebooks
from geo.supply.axes import read_axes

_HERE = Path(__file__).parent
_METHODS = (_HERE.parents[1] / "docs" / "methods.md").read_text("utf-8")


@pytest.fixture(scope="module")
def labelled() -> pd.DataFrame:
    table = pd.read_csv(_HERE / "centre_names.csv", dtype="str", keep_default_na=False)
    table = table.astype("str")
    return table.mask(table == "")


@pytest.fixture(scope="module")
def read(labelled: pd.DataFrame) -> pd.DataFrame:
    return read_axes(labelled, default_codebooks())


def _row(value: str, truth: pd.Series, read: pd.Series) -> tuple[str, int, str, str]:
    hits = int(((truth == value) & (read == value)).sum())
    found, there = int((read == value).sum()), int((truth == value).sum())
    return (
        value, there, f"{hits / found:.2f}" if found else "–",
        f"{hits / there:.2f}" if there else "–",
    )  # fmt: skip


def test_the_sample_is_large_and_has_every_scheme(labelled: pd.DataFrame) -> None:
    assert len(labelled) >= 600
    assert set(labelled["scheme"]) == set(default_codebooks().schemes)
    assert (labelled["set"] == "prueba").sum() >= 100
    assert not labelled.duplicated(["scian", "name", "legal_name"]).any()


@pytest.mark.parametrize("axis", ["scheme", "sector"])
@pytest.mark.parametrize("sample", ["ajuste", "prueba"])
def test_precision_and_recall_are_those_published(
    axis: str, sample: str, labelled: pd.DataFrame, read: pd.DataFrame
) -> None:
    rows = labelled["set"] == sample
    for value in sorted(set(labelled[axis])):
        name, there, precision, recall = _row(value, labelled.loc[rows, axis], read.loc[rows, axis])
        cells = rf"\| `{name}` \|.*"
        published = re.search(cells, _METHODS)
        assert published, f"docs/methods.md lacks a row of {name}"
        stated = f"{there} | {precision} | {recall}"
        assert stated in published[0], f"{sample} {name}: {stated}"


def test_what_is_misread_is_listed(labelled: pd.DataFrame, read: pd.DataFrame) -> None:
    wrong = (labelled["scheme"] != read["scheme"]) | (labelled["sector"] != read["sector"])
    missing = [name for name in labelled.loc[wrong, "name"] if name not in _METHODS]
    assert not missing, missing


def test_to_doubt_is_commoner_than_to_be_wrong(labelled: pd.DataFrame, read: pd.DataFrame) -> None:
    entitlement = labelled["scheme"].map(
        {name: scheme.entitlement for name, scheme in default_codebooks().schemes.items()}
    )
    sure = read["entitlement"] != "desconocido"
    wrong = (sure & (read["entitlement"] != entitlement)).sum()
    assert wrong / sure.sum() < 0.02
