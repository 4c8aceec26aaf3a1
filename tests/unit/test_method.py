"""Parameters of the method: defaults that hold, changes that are checked."""

from pathlib import Path

import pytest

from data.errors import MissingInputError, ParameterError
from geo.method import load_method


def test_defaults_are_the_published_ones() -> None:
    method = load_method()
    assert method.walking.thresholds_min == (15.0, 30.0)
    assert method.catchment.weights == (1.0, 0.68, 0.22)
    assert method.deserts.distance_min == 20.0


def test_a_file_replaces_only_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "method.toml"
    path.write_text("[walking]\nspeed_m_per_min = 60.0\n")
    method = load_method(path)
    assert method.walking.speed_m_per_min == 60.0
    assert method.walking.limit_min == load_method().walking.limit_min


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("[walking]\nspeed_m_per_min = 0\n", "walking.speed_m_per_min"),
        ("[walking]\nspeed = 70\n", "walking.speed"),
        ("[catchment]\nweights = [1.0]\n", "catchment"),
        ("[catchment]\nlimits_min = [30.0, 20.0, 10.0]\n", "catchment"),
        ("[walking]\nlimit_min = 10.0\n", "30"),
        ("[supply]\noptional_classes = ['62311']\n", "supply.optional_classes"),
        ("walking = 3\n", "walking"),
        ("[[[", "TOML"),
    ],
)
def test_a_wrong_parameter_is_named(tmp_path: Path, content: str, named: str) -> None:
    path = tmp_path / "method.toml"
    path.write_text(content)
    with pytest.raises(ParameterError) as caught:
        load_method(path)
    assert named in caught.value.message("es")
    assert named in caught.value.message("en")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"nothing\.toml"):
        load_method(tmp_path / "nothing.toml")


@pytest.mark.parametrize("section", ["walkability", "sensitivity"])
def test_profiles_must_be_in_the_codebook(tmp_path: Path, section: str) -> None:
    path = tmp_path / "method.toml"
    path.write_text(f'[{section}]\nprofiles = ["patineta"]\n', encoding="utf-8")
    with pytest.raises(ParameterError, match="silla_ruedas"):
        load_method(path)
