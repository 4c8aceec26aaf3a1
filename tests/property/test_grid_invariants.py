"""What holds of every grid: nobody is lost, moving moves, windows add up to the whole."""

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.grid import Frame, join, measure_image, shares_of, sum_people
from geo.grid.cuts import cuts_of
from geo.grid.lattice import Floats, columns_rows, keys_of

X, Y = 2_500_000.0, 1_200_000.0
SOME = settings(max_examples=25, deadline=None)

_offsets = st.floats(0, 900, allow_nan=False)
_sizes = st.floats(0.5, 450, allow_nan=False)


@st.composite
def blocks(draw: st.DrawFn) -> np.ndarray:
    """Quadrilaterals, discs with holes and points within a kilometre."""
    count = draw(st.integers(1, 6))
    found = np.empty(count, dtype=object)
    for at in range(count):
        x, y = X + draw(_offsets), Y + draw(_offsets)
        kind = draw(st.sampled_from(["box", "disc", "point", "none"]))
        size = draw(_sizes)
        if kind == "box":
            turned = shapely.affinity.rotate(
                shapely.box(x, y, x + size, y + draw(_sizes)), draw(st.floats(0, 90))
            )
            found[at] = turned
        elif kind == "disc":
            centre = shapely.Point(x, y)
            found[at] = centre.buffer(size).difference(centre.buffer(size / 2))
        elif kind == "point":
            found[at] = shapely.Point(x, y)
    return found


def _people(count: int) -> Floats:
    return np.column_stack([np.arange(1.0, count + 1) * 17, np.linspace(0.0, 3.0, count)])


@SOME
@given(shapes=blocks())
def test_every_placed_person_is_on_the_grid(shapes: np.ndarray) -> None:
    shares = shares_of(shapes)
    people = _people(len(shapes))
    for part in np.unique(shares.part):
        assert shares.share[shares.part == part].sum() == pytest.approx(1, rel=1e-12)
    grid = sum_people(shares, people)
    assert grid.values.sum(axis=0) == pytest.approx(people[shares.placed].sum(axis=0), rel=1e-9)
    assert (grid.values >= 0).all()


@SOME
@given(shapes=blocks(), east=st.integers(-50, 50), north=st.integers(-50, 50))
def test_moving_by_whole_squares_moves_the_grid(shapes: np.ndarray, east: int, north: int) -> None:
    moved = shapely.transform(shapes, lambda xy: xy + np.array((east, north)) * 100.0)
    people = _people(len(shapes))
    here, there = (sum_people(shares_of(item), people) for item in (shapes, moved))
    columns, rows = columns_rows(here.keys)
    shifted = keys_of(columns + east, rows + north)
    # Rounding of coordinates may give or take a sliver of a square at an edge.
    both = np.intersect1d(shifted, there.keys)
    mine = here.values[np.isin(shifted, both)]
    assert mine == pytest.approx(there.values[np.isin(there.keys, both)], abs=1e-3)
    assert mine.sum() == pytest.approx(here.values.sum(), rel=1e-5)


@SOME
@given(shapes=blocks(), cut=st.integers(0, 6))
def test_two_halves_join_to_the_whole(shapes: np.ndarray, cut: int) -> None:
    people = _people(len(shapes))
    whole = sum_people(shares_of(shapes), people)
    halves = join(
        sum_people(shares_of(shapes[part]), people[part])
        for part in (slice(None, cut), slice(cut, None))
    )
    assert halves.keys.tolist() == whole.keys.tolist()
    assert halves.values == pytest.approx(whole.values, rel=1e-6)
    assert (halves.unknown == whole.unknown).all()


@SOME
@given(shapes=blocks(), side=st.integers(1, 40))
def test_windows_put_together_are_the_whole_image(shapes: np.ndarray, side: int) -> None:
    grid = sum_people(shares_of(shapes), _people(len(shapes)))
    frame = Frame.around((X - 500, Y - 500, X + 1500, Y + 1500))
    whole = measure_image(frame, grid.keys, grid.values)
    pieced = np.full_like(whole, -1)
    for line, offset, piece in frame.windows(side):
        pieced[:, line : line + piece.height, offset : offset + piece.width] = measure_image(
            piece, grid.keys, grid.values
        )
    assert np.array_equal(whole, pieced, equal_nan=True)
    assert np.nansum(whole[0]) == pytest.approx(grid.values[:, 0].sum(), rel=1e-6)


@SOME
@given(shapes=blocks())
def test_shares_are_those_of_shapely_s_intersections(shapes: np.ndarray) -> None:
    shares = shares_of(shapes)
    columns, rows = columns_rows(shares.key)
    squares = shapely.box(columns * 100.0, rows * 100.0, columns * 100.0 + 100, rows * 100.0 + 100)
    area = shapely.area(shapes)[shares.part]
    drawn = area > 0
    overlap = shapely.area(shapely.intersection(shapes[shares.part[drawn]], squares[drawn]))
    assert shares.share[drawn] == pytest.approx(overlap / area[drawn], abs=2e-5)


@SOME
@given(shapes=blocks(), west=_offsets, south=_offsets, width=_sizes, turn=st.floats(0, 90))
def test_a_polygon_and_the_rest_of_an_area_hold_everyone_once(
    shapes: np.ndarray, west: float, south: float, width: float, turn: float
) -> None:
    area = shapely.box(X - 500, Y - 500, X + 1550, Y + 1550)
    box = shapely.box(X + west, Y + south, X + west + width, Y + south + width)
    polygon = shapely.affinity.rotate(box, turn)
    zones = np.array([polygon, area.difference(polygon)])
    people = _people(len(shapes))
    for cut in cuts_of(zones, shapes, people):
        within, rest = (cut.key[cut.zone == zone] for zone in (0, 1))
        both, mine, other = np.intersect1d(within, rest, return_indices=True)
        parts = cut.inside[cut.zone == 0][mine] + cut.inside[cut.zone == 1][other]
        drawn = cut.drawn[cut.zone == 0][mine]
        assert parts == pytest.approx(drawn, rel=1e-4, abs=1e-3)
        areas = cut.area[cut.zone == 0][mine] + cut.area[cut.zone == 1][other]
        assert areas == pytest.approx(np.ones(len(both)), abs=1e-5)
        assert (cut.inside <= cut.drawn * (1 + 1e-4) + 1e-3).all()
