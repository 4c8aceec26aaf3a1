"""What a request says is understood or refused, whatever it says."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.store import AtlasVersion
from geo.artifacts import current_version
from tests.api.synthetic_atlas import build_synthetic_atlas
from tests.fuzz.targets import Target, parsers

# Pieces that parsers look for, so that chance gets past their first look.
_PIECES = st.sampled_from(
    [
        "places",
        "name",
        "geom",
        "(",
        ")",
        "'",
        '"',
        ",",
        ";",
        "/",
        "..",
        "-",
        "+",
        "=",
        "<>",
        " AND ",
        " OR ",
        " NOT ",
        " IN ",
        " BETWEEN ",
        " LIKE ",
        " IS NULL",
        "S_INTERSECTS",
        "POINT",
        "TRUE",
        "2022-11",
        "2022-11-01T00:00:00Z",
        "1e308",
        "-1e999",
        "NaN",
        "Infinity",
        "0",
        "180",
        "q=0.5",
        "*/*",
        "application/json",
        "http://www.opengis.net/def/crs/EPSG/0/4326",
        '{"op":"=","args":[',
        "]}",
        "\x00",
        "é",
        "\ud7ff",
        "𝟙",
        "%00",
        "{",
        "}",
        "[",
        "]",
        ":",
    ]
)
_TEXTS = st.one_of(
    st.text(max_size=200), st.lists(_PIECES, max_size=40).map("".join), st.binary(max_size=200)
)


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Target]:
    atlas = tmp_path_factory.mktemp("parameters")
    build_synthetic_atlas(atlas)
    return dict(parsers(AtlasVersion(current_version(atlas)).table("centros")))


@settings(max_examples=150, deadline=None)
@given(text=_TEXTS)
def test_every_parser_understands_or_refuses(targets: dict[str, Target], text: str | bytes) -> None:
    content = text if isinstance(text, bytes) else text.encode("utf-8")
    for target in targets.values():
        target.refusal(content, Path())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("filter", "places > 1"),
        ("filter as JSON", '{"op": ">", "args": [{"property": "places"}, 1]}'),
        ("bbox", "-103,21,-102,22"),
        ("datetime", "2020-01-01/.."),
        ("sortby", "-places"),
        ("properties", "places"),
        ("crs", "http://www.opengis.net/def/crs/EPSG/0/6372"),
        ("accept", "text/html;q=0.5, */*;q=0.1"),
        ("words", "guardería del imss"),
        ("scenario of the simulator", None),
        ("changes of a scenario", None),
        ("what is to be sited", None),
        ("address of a store", "s3://cubeta/atlas"),
    ],
)
def test_what_is_sound_is_not_refused(
    targets: dict[str, Target], name: str, content: str | None
) -> None:
    said = targets[name].example if content is None else content.encode("utf-8")
    assert targets[name].refusal(said, Path()) is None
