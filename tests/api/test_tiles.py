"""Tiles: every place is in them, several layers at once, ranges, conditions."""

import gzip
import math
from http import HTTPStatus

import mapbox_vector_tile
import pytest
from httpx import Client

from tests.api.synthetic_atlas import AGEBS_EACH, CENTRES, SOUTH, STEP, WEST

ZOOM = 14


def mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Place on the square of web Mercator, both from 0 to 1."""
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    return (longitude + 180) / 360, y


def _tile_range(zoom: int) -> list[tuple[int, int]]:
    def at(longitude: float, latitude: float) -> tuple[int, int]:
        x, y = mercator(longitude, latitude)
        return int(x * 2**zoom), int(y * 2**zoom)

    west, north = at(WEST, SOUTH + 4 * STEP)
    east, south = at(WEST + 4 * STEP, SOUTH)
    return [(x, y) for x in range(west, east + 1) for y in range(north, south + 1)]


@pytest.mark.parametrize("zoom", [8, 10, ZOOM])
def test_every_place_and_facility_is_in_the_joined_tiles(client: Client, zoom: int) -> None:
    keys: dict[str, set[str]] = {"agebs": set(), "centros": set()}
    for x, y in _tile_range(zoom):
        response = client.get(f"/tiles/agebs,centros/{zoom}/{x}/{y}.mvt")
        assert response.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        for layer, content in mapbox_vector_tile.decode(response.content).items():
            key = "facility_id" if layer == "centros" else "cvegeo"
            keys[layer] |= {feature["properties"][key] for feature in content["features"]}
    assert len(keys["agebs"]) == 2 * AGEBS_EACH
    assert len(keys["centros"]) == CENTRES


def test_a_tile_is_the_same_with_and_without_compression(client: Client) -> None:
    x, y = _tile_range(ZOOM)[0]
    address = f"/tiles/manzanas/{ZOOM}/{x}/{y}.mvt"
    with client.stream("GET", address, headers={"accept-encoding": "gzip"}) as response:
        assert response.headers["content-encoding"] == "gzip"
        zipped_etag = response.headers["etag"]
        zipped = b"".join(response.iter_raw())
    plain = client.get(address, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(zipped) == plain.content
    assert zipped_etag != plain.headers["etag"]


def test_an_empty_tile_is_204_and_an_impossible_one_404(client: Client) -> None:
    assert client.get("/tiles/agebs/12/0/0.mvt").status_code == HTTPStatus.NO_CONTENT
    assert client.get("/tiles/agebs/2/0/0.mvt").status_code == HTTPStatus.NO_CONTENT
    assert client.get("/tiles/agebs/2/4/0.mvt").status_code == HTTPStatus.NOT_FOUND
    assert client.get("/tiles/agebs/31/0/0.mvt").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    "path", ["/tiles/nada/1/0/0.mvt", "/tiles/nada.json", "/tiles/nada.pmtiles", "/tiles/"]
)
def test_an_unknown_layer_names_those_that_exist(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == HTTPStatus.NOT_FOUND
    assert "manzanas" in response.text


def test_repeated_or_too_many_layers_are_refused(client: Client) -> None:
    for names in ("agebs,agebs", "agebs,centros,municipios,entidades,manzanas"):
        response = client.get(f"/tiles/{names}/10/0/0.mvt")
        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_tiles_of_a_named_version_never_change(client: Client) -> None:
    description = client.get("/tiles/agebs.json").json()
    x, y = _tile_range(ZOOM)[0]
    address = description["tiles"][0].format(z=ZOOM, x=x, y=y)
    response = client.get(address)
    assert "immutable" in response.headers["cache-control"]
    again = client.get(address, headers={"if-none-match": response.headers["etag"]})
    assert again.status_code == HTTPStatus.NOT_MODIFIED
    unnamed = client.get(address.split("?")[0])
    assert "immutable" not in unnamed.headers["cache-control"]


def test_tilejson_describes_the_fields(client: Client) -> None:
    description = client.get("/tiles/agebs,centros.json").json()
    assert description["tilejson"] == "3.0.0"
    assert [layer["id"] for layer in description["vector_layers"]] == ["agebs", "centros"]
    agebs = description["vector_layers"][0]
    # GDAL and QGIS read types here; what people call a column stands beside.
    assert agebs["fields"]["nearest_min_guarderia"] == "Number"
    assert agebs["fields"]["cvegeo"] == "String"
    assert set(agebs["titles"]["nearest_min_guarderia"]) == {"es", "en"}
    assert agebs["features_by_zoom"]["14"] == agebs["features"] == 2 * AGEBS_EACH
    assert agebs["zooms_left_out"] == []
    assert "3 significant digits" in description["description"]
    west, south, east, north = description["bounds"]
    assert west == pytest.approx(WEST)
    assert south == pytest.approx(SOUTH)
    assert east > west
    assert north > south
    assert description["minzoom"] <= description["maxzoom"] == 14


def test_an_archive_is_read_whole_and_by_ranges(client: Client) -> None:
    whole = client.get("/tiles/agebs.pmtiles")
    assert whole.content[:7] == b"PMTiles"
    size = len(whole.content)

    def part(value: str) -> tuple[int, bytes, str | None]:
        answer = client.get("/tiles/agebs.pmtiles", headers={"range": value})
        return answer.status_code, answer.content, answer.headers.get("content-range")

    assert part("bytes=0-6") == (206, b"PMTiles", f"bytes 0-6/{size}")
    assert part("bytes=-5") == (206, whole.content[-5:], f"bytes {size - 5}-{size - 1}/{size}")
    assert part(f"bytes={size - 2}-") == (
        206,
        whole.content[-2:],
        f"bytes {size - 2}-{size - 1}/{size}",
    )
    assert part("bytes=5-999999999")[1] == whole.content[5:]
    status, _, said = part(f"bytes={size}-")
    assert (status, said) == (416, f"bytes */{size}")
    assert part("bytes=0-1,3-4")[0] == HTTPStatus.OK  # several ranges: the whole file is right
    etag = whole.headers["etag"]
    unchanged = client.get("/tiles/agebs.pmtiles", headers={"if-none-match": etag})
    assert unchanged.status_code == HTTPStatus.NOT_MODIFIED
