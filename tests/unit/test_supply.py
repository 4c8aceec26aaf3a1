"""Care centres from establishments: axes, ages, repeated records."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from data.classification import default_codebooks
from data.denue import ESTABLISHMENTS
from data.places import join_initials, normalise_name
from data.tables import METRIC_CRS, Dropped
from geo.supply import CENTRES, classify
from geo.supply.axes import read_axes
from geo.supply.repeated import merge_repeated


def _axes(scian: str, name: str | None, legal_name: str | None = None) -> pd.Series:
    rows = pd.DataFrame({"scian": [scian], "name": [name], "legal_name": [legal_name]})
    return read_axes(rows.astype("str"), default_codebooks()).iloc[0]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("I.M.S.S. Guardería 5", "IMSS GUARDERIA 5"),
        ("El Niño, S.C. U-630", "EL NIÑO SC U 630"),
        ("Morelos I, S.C.", "MORELOS I SC"),
        ("D.I.F., A.C.", "DIF AC"),
        ("Ibarra S.A. de C.V.", "IBARRA SA DE CV"),
        ("C.A.M. 7", "CAM 7"),
        ("Kinder U", "KINDER U"),
    ],
)
def test_initials_are_joined(written: str, read: str) -> None:
    assert join_initials(normalise_name(written)) == read


def test_a_subrogated_nursery_is_private_and_its_scheme_is_imss() -> None:
    axes = _axes("624411", "GUARDERIA ARCOIRIS U-0123", "ARCOIRIS SC")
    assert axes["sector"] == "privada"
    assert axes["scheme"] == "imss"
    assert axes["institution"] == "IMSS"
    assert axes["entitlement"] == "con"
    assert (axes["age_min_days"], axes["age_max_days"]) == (43, 1460)
    assert axes["rule_ids"] == "imss_unidad"
    assert axes["confidence"] == 0.9


@pytest.mark.parametrize("scian", ["624411", "624412", "611112", "623312"])
def test_without_a_name_the_scheme_is_unknown_never_open(scian: str) -> None:
    axes = _axes(scian, None)
    assert axes["scheme"] == "desconocido"
    assert axes["entitlement"] == "desconocido"
    assert axes["confidence"] == 0.0
    assert pd.isna(axes["rule_ids"])
    assert axes["sector"] == default_codebooks().classes[scian].sector


@pytest.mark.parametrize("name", ["GUARDERIA " + "IMSSX" * 2000, "A' OR 1=1;--", ".*(a+)+$", "¡!"])
def test_hostile_names_are_only_names(name: str) -> None:
    assert _axes("624411", name)["scheme"] in ("cuota", "desconocido")


def test_ages_of_a_rule_stand_in_for_those_of_the_class() -> None:
    assert _axes("611182", "CAM LABORAL 5")["age_min_days"] == 5479
    assert _axes("611182", "CAM 5")["age_min_days"] == 45
    assert _axes("624122", "RESIDENCIA DE DIA INAPAM")["age_min_days"] == 21915


def test_ages_of_a_scheme_hold_for_its_own_type_of_centre_alone() -> None:
    axes = _axes("624122", "CENTRO DE DIA IMSS")
    assert axes["scheme"] == "imss"
    assert pd.isna(axes["age_max_days"])


def _establishments(*rows: tuple[str, str, str | None, float]) -> gpd.GeoDataFrame:
    """Return establishments from (id, class, name, metres east of a point)."""
    table = pd.DataFrame(
        {column.name: pd.Series([None] * len(rows), dtype="str")
         for column in ESTABLISHMENTS.columns}
    )  # fmt: skip
    table["denue_id"] = [row[0] for row in rows]
    table["scian"] = [row[1] for row in rows]
    table["name"] = pd.Series([row[2] for row in rows], dtype="str")
    table["staff_band"] = pd.Series(["11-30"] * len(rows), dtype="str")
    points = [Point(2_470_000 + row[3], 1_080_000) for row in rows]
    placed = gpd.GeoDataFrame(table, geometry=points, crs=METRIC_CRS)
    return placed.to_crs("EPSG:4326")


def test_one_centre_listed_twice_is_merged_with_both_ids() -> None:
    dropped = Dropped()
    merged = merge_repeated(
        _establishments(
            ("1", "624411", "Guardería Los Niños", 0),
            ("2", "624411", "GUARDERIA LOS NINOS.", 49),
            ("3", "624411", "GUARDERIA LOS NIÑOS", 98),  # near the second, which is gone
            ("4", "624412", "GUARDERIA LOS NIÑOS", 10),  # another class
            ("5", "624411", "GUARDERIA LAS NIÑAS", 10),
            ("6", "624411", None, 0),
            ("7", "624411", None, 0),
        ),
        dropped,
    )
    assert merged["denue_id"].tolist() == ["1", "3", "4", "5", "6", "7"]
    assert merged["merged_ids"].dropna().tolist() == ["2"]
    assert dropped.reasons == {"centro_repetido_unido": 1}


def test_classes_that_are_no_care_never_count() -> None:
    rows = _establishments(("1", "623221", "CENTRO IMSS", 0), ("2", "624411", "KIDS", 0))
    centres, dropped = classify(rows, default_codebooks(), optional=("623221",), edition="05/2022")
    assert centres["denue_id"].tolist() == ["2"]
    assert list(centres.columns) == [*(column.name for column in CENTRES.columns), "geometry"]
    assert centres["places_high"].tolist() == [252.0]
    assert dropped.reasons["clase_que_no_es_cuidado"] == 1
