"""Two editions of DENUE compared: cases one can check by hand, and a real file perturbed."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from data.denue import read_establishments
from data.errors import MissingInputError
from geo.editions import MOVED_M, compare_editions, describe_changes, match_editions, read_edition

LON, LAT = -102.29, 21.88
# One metre eastward and northward there, in degrees.
EAST, NORTH = 1 / 103_300, 1 / 110_750


def _edition(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    """Return an edition: what a row does not tell is that of the first nursery."""
    usual = {
        "denue_id": "1", "clee": "C1", "name": "Guardería Sol", "scian": "624411",
        "municipality": "01001", "east": 0.0, "north": 0.0,
    }  # fmt: skip
    table = pd.DataFrame([{**usual, **row} for row in rows], columns=list(usual))
    away = zip(table.pop("east"), table.pop("north"), strict=True)
    points = [Point(LON + east * EAST, LAT + north * NORTH) for east, north in away]
    return gpd.GeoDataFrame(table.astype("str"), geometry=points, crs=4326)


def _changes(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> list[tuple[str, object, object]]:
    table = compare_editions(old, new).astype(object)
    told = table[["change", "denue_id_old", "denue_id_new"]]
    return list(told.where(told.notna(), None).itertuples(index=False, name=None))


def test_nothing_changed() -> None:
    edition = _edition({}, {"denue_id": "2", "clee": "C2"})
    table = compare_editions(edition, edition)
    assert table.empty
    assert table.attrs["counts"]["unchanged"] == 2


def test_what_is_only_in_one_edition_opened_or_closed() -> None:
    old = _edition({}, {"denue_id": "2", "clee": "C2", "name": "Asilo Luna"})
    new = _edition({}, {"denue_id": "3", "clee": "C3", "name": "Kínder Mar"})
    assert _changes(old, new) == [("abierto", None, "3"), ("cerrado", "2", None)]


def test_clee_comes_before_the_identifier() -> None:
    old = _edition({"denue_id": "1", "clee": "A"}, {"denue_id": "2", "clee": "B"})
    new = _edition({"denue_id": "2", "clee": "A"}, {"denue_id": "1", "clee": "B"})
    matched = match_editions(old, new).sort_values("old_row")
    assert matched["new_row"].tolist() == [0, 1]
    assert matched["matched_by"].tolist() == ["clee", "clee"]


def test_the_identifier_serves_where_clee_changed_or_lacks() -> None:
    old = _edition({"clee": None}, {"denue_id": "2", "clee": "B"})
    new = _edition({"clee": "A"}, {"denue_id": "2", "clee": "Z", "scian": "624412"})
    assert match_editions(old, new)["matched_by"].tolist() == ["id", "id"]
    assert _changes(old, new) == [("cambio_de_clase", "2", "2")]


@pytest.mark.parametrize(("away_m", "same"), [(0, True), (95, True), (106, False)])
def test_a_name_nearby_serves_where_both_keys_changed(away_m: float, same: bool) -> None:
    old = _edition({})
    new = _edition({"denue_id": "9", "clee": "C9", "name": "GUARDERIA  SOL.", "east": away_m})
    matched = match_editions(old, new)
    assert matched["matched_by"].tolist() == (["nombre_y_lugar"] if same else [])
    expected = [] if same else [("abierto", None, "9"), ("cerrado", "1", None)]
    assert _changes(old, new) == expected


def test_the_nearest_of_one_name_is_the_one() -> None:
    old = _edition({"denue_id": "1"}, {"denue_id": "2", "clee": "C2", "east": 60.0})
    new = _edition({"denue_id": "8", "clee": "X", "east": 50.0})
    assert _changes(old, new) == [("cerrado", "1", None)]


def test_many_of_one_name_on_one_spot_are_matched_one_to_one() -> None:
    old = _edition(*({"denue_id": f"a{n}", "clee": None, "name": "SIN NOMBRE"} for n in range(30)))
    new = _edition(*({"denue_id": f"b{n}", "clee": None, "name": "SIN NOMBRE", "east": 3.0}
                     for n in range(40)))  # fmt: skip
    counts = compare_editions(old, new).attrs["counts"]
    assert (counts["abierto"], counts["cerrado"], counts["unchanged"]) == (10, 0, 30)


@pytest.mark.parametrize(("away_m", "moved"), [(0, False), (97, False), (104, True)])
def test_a_move_is_farther_than_a_block(away_m: float, moved: bool) -> None:
    old, new = _edition({}), _edition({"north": away_m})
    assert _changes(old, new) == ([("movido", "1", "1")] if moved else [])
    assert MOVED_M == 100
    if moved:
        assert compare_editions(old, new)["distance_m"].iloc[0] == pytest.approx(away_m, abs=1)


def test_several_changes_of_one_are_one_row() -> None:
    new = _edition({"name": "Guardería Luna", "scian": "624412", "east": 500.0})
    (row,) = compare_editions(_edition({}), new).to_dict("records")
    assert row["change"] == "movido;cambio_de_clase;cambio_de_nombre"
    assert row["matched_by"] == "clee"
    assert (row["name_old"], row["name_new"]) == ("Guardería Sol", "Guardería Luna")
    assert row["lat_old"] == LAT
    assert row["lon_new"] == pytest.approx(LON + 500 * EAST)


def test_spelling_and_silence_are_no_change_of_name() -> None:
    old = _edition({}, {"denue_id": "2", "clee": "C2", "name": None})
    new = _edition({"name": "GUARDERIA SOL"}, {"denue_id": "2", "clee": "C2", "name": "Asilo"})
    assert _changes(old, new) == []


def test_only_the_classes_asked_for_are_told_of() -> None:
    shop = {"denue_id": "2", "clee": "C2", "scian": "461110"}
    old = _edition({}, shop, {**shop, "denue_id": "3", "clee": "C3"})
    new = _edition(
        {**shop, "scian": "624411"}, {**shop, "denue_id": "4", "clee": "C4", "east": 999}
    )
    table = compare_editions(old, new, classes=["624411"])
    assert table["change"].tolist() == ["cambio_de_clase", "cerrado"]
    counts = table.attrs["counts"]
    assert (counts["old"], counts["new"]) == (2, 1)


def test_an_establishment_without_a_point_is_matched_by_its_keys_alone() -> None:
    old = _edition({}, {"denue_id": "2", "clee": None})
    new = _edition({}, {"denue_id": "7", "clee": None})
    old.loc[[0, 1], "geometry"] = None
    assert _changes(old, new) == [("abierto", None, "7"), ("cerrado", "2", None)]


@pytest.mark.parametrize("empty", ["old", "new", "both"])
def test_an_empty_edition_has_nothing(empty: str) -> None:
    whole = _edition({})
    old = whole[:0] if empty in ("old", "both") else whole
    new = whole[:0] if empty in ("new", "both") else whole
    counts = compare_editions(old, new).attrs["counts"]
    assert (counts["abierto"], counts["cerrado"]) == (len(new), len(old))


def test_the_summary_says_how_many_of_each_in_both_languages() -> None:
    table = compare_editions(_edition({}), _edition({"north": 1234.0}))
    assert "Movidos: 1" in describe_changes(table, "es")
    assert "Sin cambios: 0 (emparejados por: CLEE 1" in describe_changes(table, "es")
    assert "Moved: 1" in describe_changes(table, "en")


def test_a_folder_that_is_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="ni es un atlas"):
        read_edition(tmp_path)
    with pytest.raises(MissingInputError, match="No existe el archivo"):
        read_edition(tmp_path / "denue.csv")


@pytest.mark.real_data
def test_a_real_edition_perturbed_gives_back_what_was_done_to_it(real_data: Path) -> None:
    path = real_data / "denue" / "yucatan_2021_subset_raw_layout.csv"
    old = gpd.GeoDataFrame(read_establishments([path]).table)
    assert compare_editions(old, old).empty
    drawn = np.random.default_rng(7).permutation(len(old))
    closed, opened, moved, changed, renamed, recoded = np.split(
        drawn[:900], [100, 250, 400, 550, 700]
    )
    new = old.copy()
    elsewhere = new.loc[moved].geometry.to_crs(6372).translate(xoff=750.0)
    new.loc[moved, "geometry"] = elsewhere.to_crs(4326)
    new.loc[changed, "scian"] = "624411"
    new.loc[renamed, "name"] = "OTRO " + new.loc[renamed, "name"]
    # Both keys change; the name and the place stay.
    new.loc[recoded, "clee"] = [f"X{n}" for n in recoded]
    new.loc[recoded, "denue_id"] = [f"Y{n}" for n in recoded]
    new = new.drop(index=closed).sample(frac=1, random_state=3).reset_index(drop=True)
    counts = compare_editions(old.drop(index=opened).reset_index(drop=True), new).attrs["counts"]
    assert counts["abierto"] == len(opened)
    assert counts["cerrado"] == len(closed)
    assert counts["movido"] == len(moved)
    assert counts["cambio_de_clase"] == len(changed)
    assert counts["cambio_de_nombre"] == len(renamed)
    assert counts["nombre_y_lugar"] == len(recoded)
