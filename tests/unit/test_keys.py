"""Keys kept without their beginnings are found and told as they were."""

from bisect import bisect_left

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import api.tables
from api.tables import Keys

KEYS = st.lists(st.text("019A", max_size=6).map(lambda tail: "0100" + tail), unique=True)


@given(KEYS, st.integers(1, 5), st.text("019A", max_size=8))
@settings(deadline=None)
def test_keys_are_those_given(keys: list[str], parts: int, other: str) -> None:
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(api.tables, "_KEY_ROWS", 3)
        texts = sorted(keys)
        codes = np.array(texts, "S") if texts else np.empty(0, "S1")
        found = Keys(np.array_split(codes, parts))
    assert list(found) == texts == found[:]
    assert found.at(np.arange(len(texts))[::-1]) == texts[::-1]
    assert [found.row(key) for key in texts] == list(range(len(texts)))
    assert found.row(other) == (texts.index(other) if other in texts else None)
    assert bisect_left(found, other) == bisect_left(texts, other)
    if texts:
        assert found[-1] == texts[-1]


@pytest.mark.parametrize("codes", [["b", "a"], ["a", "c", "b", "d"]])
def test_keys_out_of_order_are_refused(codes: list[str]) -> None:
    with pytest.raises(ValueError, match="order"):
        Keys([np.array(codes[:1], "S"), np.array(codes[1:], "S")])
