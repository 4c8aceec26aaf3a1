"""Real blocks of the urban-environment survey, scored by hand."""

from pathlib import Path

import pytest

from data.environment import read_environment
from data.walking import walk_profiles
from geo.walkability import score_blocks

pytestmark = pytest.mark.real_data
SAMPLE = "environment/aconchi_muestra_6_manzanas_transcrita.csv"


def test_six_blocks_of_aconchi(real_data: Path) -> None:
    table = read_environment([real_data / SAMPLE]).table
    names = ["ninez_cuidador", "silla_ruedas", "noche"]
    scores = score_blocks(table, walk_profiles(), names)
    assert list(scores.places) == [f"2600100010055{number:03d}" for number in (1, 2, 4, 5, 6, 7)]
    # Block 001: paved, kerb and trees on some streets, no stalls nor restrictions, nothing else.
    child = (2 * 1 + 1 * 0.5 + 1 * 0.5 + 2 * 1 + 1 + 1) / 15
    assert scores.score[0] == pytest.approx([child, (3 + 2 + 2 + 2) / 19, (1 + 2) / 13])
    # Block 007: sidewalk, ramps, kerb, lights and trees on some streets; stalls on some.
    child = (3 * 0.5 + 2 + 0.5 + 0.5 + 0.5 + 2 + 1 + 0.5) / 15
    chair = (4 * 0.5 + 3 * 0.5 + 3 + 2 + 2 + 2 * 0.5) / 19
    night = (6 * 0.5 + 2 * 0.5 + 1 + 2) / 13
    assert scores.score[5] == pytest.approx([child, chair, night])
    # Neither sidewalk nor ramp around five of the six: a wheelchair finds no way of its own.
    assert scores.barrier[:, 1].tolist() == [1.0, 1.0, 1.0, 1.0, 1.0, 0.0]
    assert (scores.unknown_share == 0).all()
