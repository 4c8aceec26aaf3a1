"""Sums that hold for whoever is drawn, wherever they live."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data.census_variables import LOCALITY_VARIABLES, RATIOS
from data.demo.census import add_levels, sexagesimal, with_averages
from data.demo.geometry import clip_lines, cut_area, grid_lines, organic_lines, warp
from data.demo.people import Setting, draw_people

N = 12
SHARE = st.floats(0.02, 0.98)
SETTINGS = st.builds(
    Setting,
    dwellings=st.lists(st.integers(0, 90), min_size=N, max_size=N).map(
        lambda item: np.array(item, dtype=np.intp)
    ),
    size=st.lists(st.floats(1.5, 5.0), min_size=N, max_size=N).map(np.array),
    youth=st.lists(SHARE, min_size=N, max_size=N).map(np.array),
    means=st.lists(SHARE, min_size=N, max_size=N).map(np.array),
    insured=st.lists(SHARE, min_size=N, max_size=N).map(np.array),
)
# Whole = sum of its parts; and whole ≥ sum of its parts.
EXACT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("P_12YMAS", ("P_12A14", "P_15YMAS")), ("P_15YMAS", ("POB15_64", "POB65_MAS")),
    ("POB0_14", ("P_0A2", "P_3A5", "P_6A11", "P_12A14")), ("P_15YMAS", ("P_15A17", "P_18YMAS")),
    ("P_3YMAS", ("P_3A5", "P_6A11", "P_12YMAS")), ("POBTOT", ("POBFEM", "POBMAS")),
    ("PEA", ("POCUPADA", "PDESOCUP")), ("TOTHOG", ("HOGJEF_F", "HOGJEF_M")),
    ("POBHOG", ("PHOGJEF_F", "PHOGJEF_M")), ("VIVTOT", ("TVIVHAB", "VIVPAR_DES", "VIVPAR_UT")),
    ("POB0_14", ("P_0A4", "P_5A9", "P_10A14")),
    ("POB65_MAS", ("P_65A69", "P_70A74", "P_75A79", "P_80A84", "P_85YMAS")),
)  # fmt: skip
AT_MOST: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("POBTOT", ("POB0_14", "P_15YMAS")), ("POBTOT", ("PSINDER", "PDER_SS")),
    ("POBTOT", ("PCON_DISC", "PCON_LIMI", "PSIND_LIM")), ("P_12YMAS_F", ("PEA_F", "PE_INAC_F")),
    ("P_12YMAS_M", ("PEA_M", "PE_INAC_M")), ("P_60YMAS", ("POB65_MAS",)),
    ("POBTOT", ("PCATOLICA", "PRO_CRIEVA", "POTRAS_REL", "PSIN_RELIG")),
    ("P_12YMAS", ("P12YM_SOLT", "P12YM_CASA", "P12YM_SEPA")), ("P_3A5", ("P3A5_NOA",)),
    ("P_15YMAS_F", ("P15YM_SE_F", "P15PRI_INF", "P15PRI_COF", "P15SEC_INF", "P15SEC_COF",
                    "P18YM_PB_F")),
    ("VIVPARH_CV", ("VPH_PISODT", "VPH_PISOTI")), ("VIVPARH_CV", ("VPH_1DOR", "VPH_2YMASD")),
    ("VPH_AGUADV", ("VPH_AEASP",)), ("TVIVHAB", ("VIVPARH_CV",)), ("P_18YMAS", ("P18YM_PB",)),
)  # fmt: skip
DIFFICULTIES = [
    "PCDISC_MOT", "PCDISC_VIS", "PCDISC_LENG", "PCDISC_AUD", "PCDISC_MOT2", "PCDISC_MEN",
]  # fmt: skip
SCHEMES = [
    "PDER_IMSS", "PDER_ISTE", "PDER_ISTEE", "PAFIL_PDOM", "PDER_SEGP", "PDER_IMSSB",
    "PAFIL_IPRIV", "PAFIL_OTRAI",
]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(setting=SETTINGS, seed=st.integers(0, 2**32 - 1))
def test_counts_keep_the_sums_of_the_census(setting: Setting, seed: int) -> None:
    codes = [f"9900100010014{number:03d}" for number in range(N)]
    people = draw_people(codes, setting, np.random.default_rng(seed))
    counts = people.counts
    assert set(LOCALITY_VARIABLES) - set(RATIOS) <= set(counts.columns)
    assert (counts >= 0).all(axis=None)
    for whole, parts in EXACT:
        assert counts[whole].equals(counts[list(parts)].sum(axis=1)), whole
    for whole, parts in AT_MOST:
        assert (counts[whole] >= counts[list(parts)].sum(axis=1)).all(), (whole, parts)
    assert (counts["POBTOT"] >= setting.dwellings).all()
    assert (counts["POBTOT"][setting.dwellings == 0] == 0).all()
    for name in [name for name in counts.columns if name.endswith("_F")]:
        total, men = name[:-2], name[:-2] + "_M"
        if total in counts and men in counts:
            assert counts[total].equals(counts[name] + counts[men]), total
    for whole, kinds in (("PCON_DISC", DIFFICULTIES), ("PDER_SS", SCHEMES)):
        for kind in kinds:
            assert (counts[kind] <= counts[whole]).all(), kind
        assert (counts[kinds].sum(axis=1) >= counts[whole]).all(), whole


@settings(max_examples=10, deadline=None)
@given(setting=SETTINGS, seed=st.integers(0, 2**32 - 1))
def test_averages_of_a_whole_lie_between_those_of_its_parts(setting: Setting, seed: int) -> None:
    rng = np.random.default_rng(seed)
    blocks = draw_people([f"9900100010014{n:03d}" for n in range(N)], setting, rng)
    rural = draw_people([f"99001{n:04d}" for n in range(20, 20 + N)], setting, rng)
    table = with_averages(add_levels(blocks, rural))
    parts = table[table.index.str.len() == 16]
    ageb = table.loc["9900100010014"]
    for name in ("GRAPROES", "PROM_OCUP", "PROM_HNV"):
        if parts[name].notna().any():
            assert parts[name].min() - 0.011 <= ageb[name] <= parts[name].max() + 0.011
    known = table["GRAPROES"].dropna()
    assert known.between(0, 24).all()
    assert table.loc["99", "POBTOT"] == table.loc["99001", "POBTOT"]


@given(st.floats(0.0, 179.0))
def test_sexagesimal_is_read_back_to_a_thousandth_of_a_second(degrees: float) -> None:
    text = sexagesimal(degrees, "W")
    whole, rest = text.removesuffix(" W").split("°")
    minutes, seconds = rest.rstrip('"').split("'")
    back = int(whole) + int(minutes) / 60 + float(seconds) / 3600
    assert back == pytest.approx(degrees, abs=0.0006 / 3600)
    assert int(minutes) < 60
    assert float(seconds) < 60


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), angle=st.floats(0, np.pi), step=st.floats(60, 140),
    organic=st.booleans(),
)  # fmt: skip
def test_faces_of_a_cut_fill_its_area(
    *, seed: int, angle: float, step: float, organic: bool
) -> None:
    rng = np.random.default_rng(seed)
    area = shapely.set_precision(shapely.Point(0, 0).buffer(310.0, quad_segs=5), 0.1)
    if organic:
        lines, _ = organic_lines(area, step=step, rng=rng)
    else:
        lines, numbers = grid_lines(area, angle=angle, step=(step, 80.0), bend_m=0.0, rng=rng)
        lines, _ = clip_lines(lines, numbers, area)
    cut = cut_area(area, lines, [], smallest_m2=1900.0)
    assert shapely.area(cut.faces).sum() == pytest.approx(area.area, rel=2e-3)
    assert len(cut.segments) == len(cut.street)
    assert shapely.is_valid(cut.faces).all()
    beyond = shapely.difference(cut.segments, area.buffer(0.2))
    assert shapely.is_empty(beyond).all()


@given(
    st.lists(
        st.tuples(st.floats(-12_000, 15_000), st.floats(-12_000, 12_000)), min_size=2, max_size=20
    ).map(np.array)
)
def test_warp_moves_points_a_little_and_never_folds(points: np.ndarray) -> None:
    moved = warp(points)
    assert np.abs(moved - points).max() < 200
    near = points + np.array([0.5, 0.5])
    stretch = np.linalg.norm(warp(near) - moved, axis=1) / np.linalg.norm(near - points, axis=1)
    assert pd.Series(stretch).between(0.7, 1.35).all()
