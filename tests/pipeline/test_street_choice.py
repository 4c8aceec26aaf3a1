"""INEGI's streets or OpenStreetMap's, from download to atlas, by the command line."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, box

from data.catalog import open_source_folder
from data.demo.writers import csv_bytes, shapefile_members, write_zip
from data.errors import MissingInputError
from data.tables import METRIC_CRS
from geo import artifacts
from geo.demand import CENSUS_COLUMNS

pytestmark = pytest.mark.xdist_group("pipeline")
WEST, SOUTH, STEP = -102.30, 21.88, 0.004
LINES = 4


def _layer(shapes: list[object], **columns: list[str]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326).to_crs(METRIC_CRS)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache with INEGI's files of a town of nine blocks, in its municipality."""
    folder = tmp_path_factory.mktemp("cache")
    ageb = "010010001025A"
    edges = [WEST + STEP * at for at in range(LINES)]
    squares = [
        box(x, SOUTH + STEP * y, x + STEP, SOUTH + STEP * (y + 1))
        for x in edges[:-1]
        for y in range(LINES - 1)
    ]
    codes = [f"{ageb}{n:03d}" for n in range(1, len(squares) + 1)]
    town = box(WEST, SOUTH, edges[-1], SOUTH + STEP * (LINES - 1))
    across = [LineString([(x, SOUTH), (x, SOUTH + STEP * 3)]) for x in edges]
    along = [
        LineString([(WEST, SOUTH + STEP * n), (edges[-1], SOUTH + STEP * n)]) for n in range(LINES)
    ]
    layers = {
        "01ent": _layer([town], CVEGEO=["01"], NOMGEO=["Aguascalientes"]),
        "01mun": _layer([town], CVEGEO=["01001"], NOMGEO=["Aguascalientes"]),
        "01l": _layer([town], CVEGEO=["010010001"], NOMGEO=["Centro"], AMBITO=["Urbana"]),
        "01a": _layer([town], CVEGEO=[ageb]),
        "01m": _layer(squares, CVEGEO=codes),
        "01e": _layer([*across, *along], NOMVIAL=[f"Calle {n}" for n in range(8)],
                      TIPOVIAL=["Calle"] * 8, SENTIDO=["Dos sentidos"] * 8),
    }  # fmt: skip
    write_zip(folder / "01_aguascalientes.zip", shapefile_members(layers))
    places = [("000", "0000", "0000", "000"), ("001", "0000", "0000", "000"),
              ("001", "0001", "0000", "000"), ("001", "0001", "025A", "000"),
              *(("001", "0001", "025A", code[-3:]) for code in codes)]  # fmt: skip
    table = pd.DataFrame(places, columns=["MUN", "LOC", "AGEB", "MZA"]).assign(
        ENTIDAD="01", NOM_ENT="Aguascalientes", NOM_MUN="Aguascalientes", NOM_LOC="Centro"
    )
    people = [90] * 4 + [10] * len(codes)
    figures = pd.DataFrame(
        {name: [str(n) for n in people] for name in CENSUS_COLUMNS}, index=table.index
    )
    member = "ageb/conjunto_de_datos/conjunto_de_datos_ageb_urbana_01_cpv2020.csv"
    content = csv_bytes(pd.concat([table, figures], axis=1), encoding="utf-8")
    write_zip(folder / "ageb_mza_urbana_01_cpv2020_csv.zip", {member: content})
    text = (
        "clee nom_estab raz_social nom_vial numero_ext nomb_asent cod_postal telefono correoelec"
        " www fecha_alta"
    )
    centre = pd.DataFrame([{
        **dict.fromkeys(text.split(), ""), "id": "1", "codigo_act": "624411",
        "per_ocu": "6 a 10 personas", "latitud": "21.8841", "longitud": "-102.2961",
        "cve_ent": "01", "cve_mun": "001", "cve_loc": "0001", "ageb": "025A", "manzana": "001",
    }])  # fmt: skip
    content = csv_bytes(centre, encoding="latin-1")
    write_zip(folder / "denue_01_csv.zip", {"conjunto_de_datos/denue_inegi_01_.csv": content})
    return folder


@pytest.fixture(scope="module")
def overpass() -> Iterator[tuple[str, list[str]]]:
    """Serve two crossing streets of the town, as Overpass does; and keep what was asked."""
    asked: list[str] = []
    nodes = [(1, WEST, SOUTH), (2, WEST + STEP, SOUTH + STEP), (3, WEST + 3 * STEP, SOUTH),
             (4, WEST, SOUTH + 3 * STEP), (5, WEST + 3 * STEP, SOUTH + 3 * STEP)]  # fmt: skip
    ways = [(10, [1, 2, 5], "residential"), (11, [4, 2, 3], "footway")]
    elements = [{"type": "node", "id": n, "lon": x, "lat": y} for n, x, y in nodes] + [
        {"type": "way", "id": way, "nodes": ends, "tags": {"highway": kind}}
        for way, ends, kind in ways
    ]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            status = 400 if "/broken" in self.path else 200
            empty = "/empty" in self.path
            body = json.dumps({"elements": [] if empty else elements}).encode()
            body = b"<html>rate_limited</html>" if status != 200 else body
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_streets_that_are_not_there_are_named_with_how_to_get_them(
    cache: Path, cuidados, tmp_path: Path
) -> None:
    less = tmp_path / "less"
    less.mkdir()
    (less / "denue_01_csv.zip").write_bytes((cache / "denue_01_csv.zip").read_bytes())
    with pytest.raises(MissingInputError, match="cuidados fetch 01001 --source marco"):
        open_source_folder(less, places=["01001"], streets="inegi")
    result = cuidados("build", "01001", "--cache", less, "--streets", "osm", cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    assert "cuidados fetch 01001 --source osm_streets" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("path", ["/broken", "/empty"])
def test_a_server_that_does_not_answer_leaves_nothing_behind(
    path: str, cache: Path, overpass: tuple[str, list[str]], cuidados
) -> None:
    result = cuidados("fetch", "01001", "--source", "osm_streets", "--cache", cache,
                      "--overpass", overpass[0] + path)  # fmt: skip
    assert result.returncode == 2, result.stderr
    assert "No se pudieron descargar las calles de OpenStreetMap" in result.stderr
    assert not list(cache.glob("osm_*"))


def test_the_choice_decides_and_the_licence_follows(
    cache: Path, overpass: tuple[str, list[str]], cuidados, tmp_path: Path
) -> None:
    url, asked = overpass
    command = ("fetch", "01001", "--source", "osm_streets", "--cache", cache, "--overpass", url)
    result = cuidados(*command)
    assert result.returncode == 0, result.stderr
    facts = json.loads((cache / "osm_01001.graphml.json").read_text())
    times = len(asked)
    assert cuidados(*command).returncode == 0
    assert len(asked) == times, "what is there was asked for again"

    by_choice = {
        choice: open_source_folder(cache, places=["01001"], streets=choice).files["streets"]
        for choice in ("inegi", "osm", None)
    }
    assert by_choice[None] == by_choice["inegi"]
    assert by_choice["inegi"].publisher == "INEGI"
    assert by_choice["osm"].paths == (cache / "osm_01001.graphml",)

    atlas = tmp_path / "atlas"
    result = cuidados("build", "01001", "--cache", cache, "--atlas", atlas, "--streets", "osm")
    assert result.returncode == 0, result.stderr
    manifest = artifacts.verify(artifacts.current_version(atlas))
    (streets,) = [record for record in manifest.sources if record.role == "streets"]
    assert streets.publisher == "OpenStreetMap"
    assert streets.edition == facts["date"]
    assert "Open Database License" in streets.licence
    assert "© colaboradores de OpenStreetMap" in streets.licence
    assert "ODbL" in streets.notes[0].es
    assert streets.files[0].sha256 == facts["sha256"]
    assert streets.rows == 4
    blocks = next(layer for layer in manifest.layers if layer.id == "manzanas")
    (nearest,) = [c for c in blocks.columns if c.name == "nearest_min_guarderia"]
    assert "Open Database License" in nearest.licence


def test_the_country_has_no_openstreetmap_file(cache: Path, cuidados, tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="No están las calles de OpenStreetMap"):
        open_source_folder(cache, places=["MX"], streets="osm")
    result = cuidados("fetch", "MX", "--cache", cache, "--source", "osm_streets", cwd=tmp_path)
    assert result.returncode == 2
    assert "use un extracto .osm.pbf" in result.stderr
