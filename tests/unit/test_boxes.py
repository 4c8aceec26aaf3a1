"""Boxes kept small find every row the exact ones find, and are sure only where those are."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from api.boxes import Boxes

EXTENTS = st.sampled_from([0.0, 1e-9, 0.02])


@given(
    st.integers(0, 30_000), st.integers(1, 9), st.floats(0, 0.3), EXTENTS,
    st.integers(0, 2**32 - 1),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_rows_near_a_box_are_those_of_exact_boxes_and_few_more(
    size: int, parts: int, lacking: float, extent: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.normal([-102.0, 22.0], rng.choice([1e-9, 0.1, 5.0]), (size, 2))
    exact = np.hstack([corner, corner + rng.random((size, 2)) * extent])
    exact[rng.random(size) < lacking] = np.nan
    boxes = Boxes(size, np.array_split(exact, parts))
    assert (boxes.missing == np.isnan(exact[:, 0])).all()
    middle = np.nan_to_num(exact[rng.integers(0, size), :2]) if size else np.array([-102.0, 22.0])
    for half in (0.0, 1e-7, 0.01, 0.3, 200.0):
        west, south, east, north = *(middle - half), *(middle + half)
        touch = (exact[:, 0] <= east) & (exact[:, 2] >= west)
        touch &= (exact[:, 1] <= north) & (exact[:, 3] >= south)
        within = (exact[:, 0] >= west) & (exact[:, 1] >= south)
        within &= (exact[:, 2] <= east) & (exact[:, 3] <= north)
        near, inside = boxes.near((west, south, east, north))
        assert (np.diff(near) > 0).all()
        assert set(np.flatnonzero(touch)) <= set(near.tolist())
        assert within[near[inside]].all()
        # A frame here is at most 50 degrees wide, so a step at most 0.0008.
        wide = (exact[:, 0] <= east + 0.003) & (exact[:, 2] >= west - 0.003)
        wide &= (exact[:, 1] <= north + 0.003) & (exact[:, 3] >= south - 0.003)
        assert wide[near].all()
