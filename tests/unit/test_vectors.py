"""A file of shapes is read by its own kind's driver; nothing in it leads anywhere else."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from data.boundaries import read_boundaries
from data.errors import CareError
from data.streets import read_streets
from data.tables import Level
from data.vectors import VectorError, layer_info, read_layer
from data.water_green import read_water_green
from geo.grid.zones import read_polygons

DOORS = {
    "another file": "<OGRVRTDataSource><OGRVRTLayer name='{stem}'><SrcDataSource>{secret}"
    "</SrcDataSource><SrcLayer>secret</SrcLayer></OGRVRTLayer></OGRVRTDataSource>",
    "a service": "<OGRWFSDataSource><URL>http://127.0.0.1:9/wfs</URL></OGRWFSDataSource>",
    "a pipeline": '{{"type": "gdal_streamed_alg", "command_line": '
    '"gdal vector pipeline ! read {secret} ! write --output-format stream x"}}',
}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.gpkg"
    frame = gpd.GeoDataFrame({"CVEGEO": ["0100100010010"]}, geometry=[shapely.box(0, 0, 1, 1)],
                             crs="EPSG:6372")  # fmt: skip
    frame.to_file(path, layer="secret", driver="GPKG")
    return path


@pytest.mark.parametrize("suffix", [".shp", ".dbf", ".gpkg", ".geojson", ".json", ".fgb", ".osm"])
@pytest.mark.parametrize("before", ["", '{"type": "FeatureCollection"}', "\x03\n\n\n"])
@pytest.mark.parametrize("door", DOORS)
def test_what_a_file_says_of_other_places_is_not_followed(
    tmp_path: Path, secret: Path, door: str, before: str, suffix: str
) -> None:
    path = tmp_path / f"input{suffix}"
    path.write_text(before + DOORS[door].format(secret=secret, stem="input"), encoding="utf-8")
    for read in (read_layer, layer_info):
        with pytest.raises(VectorError):
            read(path)
    assert len(read_layer(secret, layer="secret")) == 1  # that it can be read is why it was named


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("zones.geojson", read_polygons),
        ("zones.gpkg", read_polygons),
        ("01a.shp", lambda path: read_boundaries([path], Level.AGEB)),
        ("01e.shp", lambda path: read_streets([path])),
        ("calles.osm", lambda path: read_streets([path])),
        ("areas.osm.pbf", lambda path: read_water_green([path])),
        ("01sia.shp", lambda path: read_water_green([path])),
    ],
)
def test_no_reader_follows_it(
    tmp_path: Path, secret: Path, name: str, read: Callable[[Path], object]
) -> None:
    path = tmp_path / name
    content = DOORS["another file"].format(secret=secret, stem=path.stem)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CareError):
        read(path)
    if path.suffix == ".shp":
        package = tmp_path / "01_estado.zip"
        with zipfile.ZipFile(package, "w") as archive:
            for suffix in (".shp", ".shx", ".dbf"):
                archive.writestr(f"conjunto_de_datos/{path.stem}{suffix}", content)
        with pytest.raises(CareError):
            read(package)


def test_a_ring_that_does_not_close_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "zones.geojson"
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {},'
        ' "geometry": {"type": "Polygon", "coordinates": [[[-101, 21], [-101, 22], [-102, 21],'
        " [-101.5, 21.5]]]}}]}",
        encoding="utf-8",
    )
    with pytest.raises(CareError):
        read_polygons(path)
