"""What rules read of the demo city's centres, against what its maker knows of them."""

import pandas as pd
import pytest

from data.classification import default_codebooks
from data.demo import draw_city
from data.demo.offers import CARE
from geo.supply.axes import read_axes


@pytest.fixture(scope="module")
def centres() -> pd.DataFrame:
    drawn = draw_city().establishments
    drawn = drawn[drawn["codigo_act"].isin({offer.scian for offer in CARE})]
    truth = drawn[["sector", "scheme"]].add_prefix("true_")
    rows = drawn.rename(
        columns={"nom_estab": "name", "raz_social": "legal_name", "codigo_act": "scian"}
    )[["name", "legal_name", "scian"]].astype("str")
    rows = rows.mask(rows == "")
    # Classes that are no care are classified by nobody.
    counted = [s for s, c in default_codebooks().classes.items() if c.membership != "never"]
    rows = rows[rows["scian"].isin(counted)]
    return read_axes(rows, default_codebooks()).join(truth)


def test_the_city_has_every_scheme_and_sector(centres: pd.DataFrame) -> None:
    known = set(default_codebooks().schemes) - {"desconocido"}
    assert set(centres["true_scheme"]) == known
    assert known <= set(centres["scheme"])
    assert set(centres["sector"]) == {"publica", "privada", "sociedad_civil"}


def test_no_centre_is_read_as_what_it_is_not(centres: pd.DataFrame) -> None:
    told = centres["scheme"] != "desconocido"
    assert (centres.loc[told, "scheme"] == centres.loc[told, "true_scheme"]).all()
    assert (centres["sector"] == centres["true_sector"]).all()


def test_only_nurseries_of_companies_stay_unknown(centres: pd.DataFrame) -> None:
    unknown = centres[centres["scheme"] == "desconocido"]
    assert set(unknown["true_scheme"]) == {"imss", "cuota", "abierto"}
    assert unknown["rule_ids"].str.contains("guarderia_sociedad").all()
    assert len(unknown) < 0.05 * len(centres)
