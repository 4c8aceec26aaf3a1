"""Water and green areas from INEGI's packages and OpenStreetMap's extracts."""

import zipfile
from pathlib import Path

import geopandas as gpd
import osmium
import pytest
from osmium.osm.mutable import Node, Way
from shapely import LineString, Point, box

from data.errors import InputError
from data.tables import METRIC_CRS
from data.water_green import read_water_green

EAST, NORTH = 2_500_000.0, 1_000_000.0


def _services(*rows: tuple[str, str | None, object]) -> gpd.GeoDataFrame:
    kinds, names, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"GEOGRAFICO": kinds, "NOMSERV": names}, geometry=list(shapes), crs=METRIC_CRS
    )


def _square(x: float, side: float = 100.0) -> object:
    return box(EAST + x, NORTH, EAST + x + side, NORTH + side)


def _package(folder: Path, **layers: gpd.GeoDataFrame) -> Path:
    path = folder / "99_lugar.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, layer in layers.items():
            layer.to_file(folder / f"99{name}.shp", encoding="ISO-8859-1")
            for part in folder.glob(f"99{name}.*"):
                archive.write(part, f"conjunto_de_datos/{part.name}")
    return path


def test_kinds_are_told_and_other_services_left_out_and_counted(tmp_path: Path) -> None:
    areas = _services(
        ("ÁREA VERDE", "Parque Hundido", _square(0)), ("Cuerpo de agua", None, _square(200)),
        ("PLAZA", "Plaza de Armas", _square(400)), ("ESCUELA", "Primaria", _square(600)),
        ("ÁREA VERDE", "Parque Hundido", _square(0)),
    )  # fmt: skip
    lines = _services(
        ("CORRIENTE DE AGUA", "Río", LineString([(EAST, NORTH), (EAST + 900, NORTH)])),
        ("VÍA FÉRREA", "Línea", LineString([(EAST, NORTH), (EAST, NORTH + 900)])),
    )
    reading = read_water_green([_package(tmp_path, sia=areas, sil=lines)])
    table = reading.table
    assert sorted(table["kind"]) == ["agua", "agua", "plaza", "verde"]
    assert sorted(table["name"].dropna()) == ["Parque Hundido", "Plaza de Armas", "Río"]
    assert table["feature_key"].is_monotonic_increasing
    assert table.crs == "EPSG:4326"
    assert dict(reading.dropped.reasons) == {"otro_servicio": 2, "repetida": 1}


def test_a_package_without_services_holds_none(tmp_path: Path) -> None:
    streets = _services(("CALLE", "Juárez", LineString([(EAST, NORTH), (EAST + 9, NORTH)])))
    reading = read_water_green([_package(tmp_path, e=streets)])
    assert reading.table.empty
    assert reading.table.crs == "EPSG:4326"


def test_a_key_stays_with_its_shape_whatever_else_is_read(tmp_path: Path) -> None:
    park = ("ÁREA VERDE", "Parque", _square(0))
    alone, beside = tmp_path / "alone", tmp_path / "beside"
    keys = []
    for folder, rows in ((alone, (park,)), (beside, (("PLAZA", "Otra", _square(300)), park))):
        folder.mkdir()
        table = read_water_green([_package(folder, sia=_services(*rows))]).table
        keys.append(table.set_index("name").loc["Parque", "feature_key"])
    assert keys[0] == keys[1]


@pytest.mark.parametrize("suffix", [".osm", ".osm.pbf"])
def test_areas_of_openstreetmap_are_told_by_their_tags(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    tags = (
        {"leisure": "park", "name": "Alameda"}, {"natural": "water"}, {"building": "yes"},
        {"landuse": "residential"}, {"landuse": "forest"},
    )  # fmt: skip
    with osmium.SimpleWriter(str(path)) as writer:
        for number in range(len(tags)):
            for corner, (x, y) in enumerate(((0, 0), (1, 0), (1, 1), (0, 1))):
                place = (-99.0 + 0.01 * number + 0.001 * x, 20.0 + 0.001 * y)
                writer.add_node(Node(id=1 + 4 * number + corner, location=place))
        for number, held in enumerate(tags):
            first = 1 + 4 * number
            nodes = [first, first + 1, first + 2, first + 3, first]
            writer.add_way(Way(id=100 + number, nodes=nodes, tags=held))
    table = read_water_green([path]).table
    assert sorted(table["kind"]) == ["agua", "verde", "verde"]
    assert table["name"].dropna().tolist() == ["Alameda"]


def test_a_layer_that_does_not_say_what_things_are_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "puntos.gpkg"
    gpd.GeoDataFrame({"x": [1]}, geometry=[Point(-99, 20)], crs="EPSG:4326").to_file(path)
    with pytest.raises(InputError, match="no dice qué es cada área") as raised:
        read_water_green([path])
    assert "GEOGRAFICO" in str(raised.value)


def test_columns_of_another_name_are_read_where_they_are_told(tmp_path: Path) -> None:
    path = tmp_path / "verde.gpkg"
    _services(("PARQUE", "Uno", _square(0))).rename(columns={"GEOGRAFICO": "tipo"}).to_file(path)
    assert read_water_green([path], columns={"GEOGRAFICO": "tipo"}).table["kind"].tolist() == [
        "verde"
    ]
