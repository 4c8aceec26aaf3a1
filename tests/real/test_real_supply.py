"""Supply against real lists: IMSS's nurseries of 2009."""

from pathlib import Path

import pandas as pd
import pytest

from data.classification import default_codebooks
from geo.supply.axes import read_axes

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def nurseries(real_data: Path) -> pd.DataFrame:
    return pd.read_csv(real_data / "supply" / "imss_guarderias_2009.csv", dtype="str")


def test_names_of_imss_nurseries_are_recognised_or_left_unknown(nurseries: pd.DataFrame) -> None:
    names = nurseries["nombreRz"]
    rows = pd.DataFrame({"name": names, "legal_name": None, "scian": "624411"}).astype("str")
    shares = read_axes(rows, default_codebooks())["scheme"].value_counts(normalize=True)
    # The figures of docs/methods.md.
    assert len(names) == 1432
    assert round(shares["imss"], 2) == 0.08
    assert round(shares["desconocido"], 2) == 0.86
    assert round(1 - shares["imss"] - shares["desconocido"], 2) == 0.06


def test_bounds_hold_real_capacities_whichever_the_band(nurseries: pd.DataFrame) -> None:
    capacity = pd.to_numeric(nurseries["capacidadInstalada"].str.replace(",", "")).dropna()
    capacity = capacity[capacity > 0]
    assert len(capacity) == 1425
    assert capacity.median() == 136
    places = default_codebooks().staff_places
    for band in ("11-30", "31-50", "51-100", "101-250", "251+"):
        bounds = places[("guarderia", band)]
        assert capacity.between(bounds.low, bounds.high).mean() >= 0.95


def test_central_values_average_between_those_imss_published(real_data: Path) -> None:
    listed = pd.read_csv(real_data / "denue" / "care_2022_national.csv", dtype="str")
    private = listed.loc[listed["codigo_act"] == "624411", "per_ocu"]
    staff = private.str.extract(r"^(\d+)")[0].astype(int).sort_values(ascending=False)
    largest = staff.head(1411)
    assert (staff >= 11).sum() == 1259
    bands = largest.map({6: "6-10", 11: "11-30", 31: "31-50", 51: "51-100", 101: "101-250"})
    places = default_codebooks().staff_places
    mean = bands.map(lambda band: places[("guarderia", band)].central).mean()
    assert 146 < mean < 179
    assert round(mean) == 166
