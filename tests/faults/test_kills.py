"""A kill at any moment leaves a whole atlas in service (the long form is ``make faults``)."""

import random
from pathlib import Path

import pytest

from data.errors import ArtifactError
from geo.artifacts import current_version
from tests.api.synthetic_atlas import build_synthetic_atlas
from tests.faults.kills import check, kill_publications


def test_publications_killed_at_random_leave_no_half_version(tmp_path: Path) -> None:
    build_synthetic_atlas(tmp_path)
    assert kill_publications(tmp_path, 5, random.Random(7)) > 0  # noqa: S311 -- a draw
    assert check(tmp_path)


def test_the_check_sees_a_half_version(tmp_path: Path) -> None:
    build_synthetic_atlas(tmp_path)
    table = current_version(tmp_path) / "tables" / "agebs.parquet"
    table.write_bytes(table.read_bytes()[:-1])
    with pytest.raises(ArtifactError):
        check(tmp_path)
