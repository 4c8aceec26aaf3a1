"""Where participation and care supply are high or low together: Moran's I and Lee's L, by esda.

The bivariate Moran asks whether the outcome of a place goes with the supply of its *neighbours*
(Anselin, Syabri and Smirnov, 2002); its local form says where (Anselin, 1995). Lee's L (2001) asks
whether both go together once smoothed over neighbours, so that it also sees the place itself.
All p values come from permutations of a fixed seed, are two-sided (esda's, of one side, doubled),
and the local ones are held to a false discovery rate (Benjamini and Hochberg, 1995).
"""

import importlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.participation.correlation import require_places, require_variation

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.object_]

# PySAL's quadrants: outcome of the place first, supply around it second.
QUADRANTS = {1: "alto_alto", 2: "bajo_alto", 3: "bajo_bajo", 4: "alto_bajo"}
NOT_SIGNIFICANT, NO_DATA = "no_significativo", "sin_dato"
# What esda compiles when it permutes, and where it looks it up; ``boolean`` is numba's own type.
_COMPILED = (
    ("esda.crand", "vec_permutations"), ("esda.crand", "compute_chunk"), ("esda.crand", "boolean"),
    ("esda.crand", "_permutation_significance"),
    ("esda.moran", "_moran_local_bv_crand"), ("esda.moran", "_prepare_univariate"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GlobalStatistic:
    """A statistic of the whole map and its two-sided p value by permutations."""

    estimate: float
    p_value: float


@dataclass(frozen=True, slots=True)
class LocalClusters:
    """The bivariate local Moran of each place.

    Parameters
    ----------
    statistic
        Shape (n,), the local I.
    p_value
        Shape (n,), two-sided, uncorrected.
    cutoff
        Greatest p value that the false discovery rate lets pass.
    cluster
        Shape (n,), the quadrant where significant, otherwise ``no_significativo``.
    """

    statistic: Floats
    p_value: Floats
    cutoff: float
    cluster: Words


def global_statistics(
    x: Floats, y: Floats, weights: Any, *, permutations: int, seed: int
) -> dict[str, GlobalStatistic]:
    """Return bivariate Moran, Moran of each variable and Lee's L.

    Parameters
    ----------
    x, y
        Shape (n,): the outcome of each place, the supply.
    weights
        Row-standardised ``libpysal.weights.W``.
    permutations, seed
        Of the p values.

    Raises
    ------
    InputError
        If there are fewer than 30 places or a variable is the same everywhere.
    """
    require_places(len(x))
    require_variation(x=x, y=y)
    from esda.lee import Spatial_Pearson
    from esda.moran import Moran, Moran_BV

    with _numpy_seed(seed):
        both = Moran_BV(x, y, weights, permutations=permutations)
    with _numpy_seed(seed):
        of_x = Moran(x, weights, permutations=permutations)
    with _numpy_seed(seed):
        of_y = Moran(y, weights, permutations=permutations)
    with _numpy_seed(seed):
        lee = Spatial_Pearson(weights.sparse, permutations).fit(x[:, None], y[:, None])
    return {
        "moran_bivariado": GlobalStatistic(float(both.I), _two_sided(both.p_sim)),
        "moran_resultado": GlobalStatistic(float(of_x.I), _two_sided(of_x.p_sim)),
        "moran_oferta": GlobalStatistic(float(of_y.I), _two_sided(of_y.p_sim)),
        "lee": GlobalStatistic(
            float(lee.association_[0, 1]), _two_sided(lee.significance_[0, 1])
        ),
    }  # fmt: skip


def local_clusters(
    x: Floats, y: Floats, weights: Any, *, permutations: int, seed: int, false_discovery: float
) -> LocalClusters:
    """Return the bivariate local Moran of each place and its cluster.

    Parameters
    ----------
    x, y, weights, permutations, seed
        As in :func:`global_statistics`.
    false_discovery
        Share of the places called clusters that may be so by chance.

    Raises
    ------
    InputError
        As in :func:`global_statistics`.
    """
    require_places(len(x))
    require_variation(x=x, y=y)
    from esda.moran import Moran_Local_BV
    from esda.util import fdr

    with _numpy_seed(seed), _interpreted(), warnings.catch_warnings():
        # esda announces two-sided p values without letting this class ask for them: doubled below.
        warnings.filterwarnings("ignore", "The alternative hypothesis for cond", DeprecationWarning)
        found = Moran_Local_BV(
            x, y, weights, permutations=permutations, keep_simulations=False, n_jobs=1, seed=seed
        )
    p_value = np.minimum(2.0 * found.p_sim, 1.0)
    cutoff = float(fdr(p_value, false_discovery))
    quadrant = np.array([QUADRANTS[int(q)] for q in found.q], dtype=object)
    cluster = np.where(p_value <= cutoff, quadrant, NOT_SIGNIFICANT)
    return LocalClusters(np.asarray(found.Is, dtype="float64"), p_value, cutoff, cluster)


def moran_of(values: Floats, weights: Any, *, permutations: int, seed: int) -> GlobalStatistic:
    """Return Moran's I of one variable, such as the residuals of a model."""
    from esda.moran import Moran

    with _numpy_seed(seed):
        found = Moran(values, weights, permutations=permutations)
    return GlobalStatistic(float(found.I), _two_sided(found.p_sim))


def _two_sided(p_value: float) -> float:
    return float(min(2.0 * p_value, 1.0))


@contextmanager
def _numpy_seed(seed: int) -> Iterator[None]:
    """Give esda, which draws from numpy's common generator, a fixed seed; then put it back."""
    state = np.random.get_state()  # noqa: NPY002 — the generator esda draws from
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


@contextmanager
def _interpreted() -> Iterator[None]:
    """Run esda's permutations as the Python they are written in.

    Compiled anew in every process they take tens of seconds before the first place; interpreted,
    whole arrays a place, they take seconds for sixty thousand. Only the random numbers of the
    permutations differ: numba draws its own.
    """
    found = [(importlib.import_module(name), attribute) for name, attribute in _COMPILED]
    before = [getattr(module, attribute) for module, attribute in found]
    for (module, attribute), compiled in zip(found, before, strict=True):
        plain = bool if attribute == "boolean" else getattr(compiled, "py_func", compiled)
        setattr(module, attribute, plain)
    try:
        yield
    finally:
        for (module, attribute), compiled in zip(found, before, strict=True):
            setattr(module, attribute, compiled)
