"""Hidden counts of Mérida and of the embedded city: what docs/suppression.md claims."""

from pathlib import Path

import pytest

from benchmarks.suppression import assess, cases, summarise

pytestmark = pytest.mark.real_data


def test_bounds_hold_the_truth_and_the_estimate_beats_the_naive_choices(real_data: Path) -> None:
    seen = 0
    for case in cases(real_data):
        table = assess(case)
        every = summarise(table)
        assert every["hidden"] > 1000
        assert every["covered"] == 1.0
        assert (table["unknown"] == 0).all()
        assert every["method"] < min(every["zero"], every["equal share"], every["half"])
        seen += 1
    assert seen == 3
