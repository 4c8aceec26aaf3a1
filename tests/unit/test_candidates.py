"""Candidates for a site come from a file of points, or are refused by row."""

import json
from pathlib import Path

import pytest

from api.planning_commands import read_points
from data.errors import CareError


def feature(coordinates: object = (-102.3, 21.9), properties: object = None) -> dict[str, object]:
    shape = {"type": "Point", "coordinates": coordinates}
    return {"type": "Feature", "geometry": shape, "properties": properties}


def written(folder: Path, document: object) -> Path:
    path = folder / "candidatos.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_points_are_candidates_with_what_they_say_of_themselves(tmp_path: Path) -> None:
    own = {"id": 7, "places": 30, "cost": None, "color": "red"}
    document = {"type": "FeatureCollection", "features": [feature(), feature(properties=own)]}
    assert read_points(written(tmp_path, document)) == [
        {"id": "1", "lon": -102.3, "lat": 21.9},
        {"id": "7", "lon": -102.3, "lat": 21.9, "places": 30},
    ]


@pytest.mark.parametrize(
    ("document", "row"),
    [
        ([], None),
        ({"type": "FeatureCollection"}, None),
        ({"features": {"a": 1}}, None),
        ({"features": [feature(), 5]}, 2),
        ({"features": [feature(), {"geometry": {"type": "Polygon", "coordinates": []}}]}, 2),
        ({"features": [feature(coordinates=[1])]}, 1),
        ({"features": [feature(coordinates="ab")]}, 1),
        ({"features": [feature(properties=["cost"])]}, 1),
        ({"features": [feature(properties="cost")]}, 1),
    ],
)
def test_what_is_no_file_of_points_is_refused_by_row(
    tmp_path: Path, document: object, row: int | None
) -> None:
    with pytest.raises(CareError) as caught:
        read_points(written(tmp_path, document))
    assert caught.value.where.row == row
