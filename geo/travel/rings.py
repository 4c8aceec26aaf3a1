"""Thresholds and weights as steps of distance, looked up once for every pair."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.network import Floats


@dataclass(frozen=True, slots=True)
class Rings:
    """Rings around a facility within which all pairs count the same.

    Parameters
    ----------
    limit_dm
        Outer edge of the last ring.
    ring
        Shape (limit_dm + 2,): ring of each distance; the last entry is the ring beyond the limit.
    weight
        Shape (rings + 1,): weight of a catchment; zero beyond.
    slot
        Shape (rings + 1,): the narrowest threshold that holds the ring, in rising order; as many
        as there are thresholds where none does.
    order
        Shape (thresholds,): place of each threshold, as given, in rising order.
    """

    limit_dm: int
    ring: npt.NDArray[np.uint8]
    weight: Floats
    slot: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]


def make_rings(
    thresholds_min: tuple[float, ...],
    weight_limits_min: tuple[float, ...],
    weights: tuple[float, ...],
    dm_per_min: float,
) -> Rings:
    """Return the rings of thresholds and of a step decay; every limit belongs to the ring below it.

    Parameters
    ----------
    thresholds_min, weight_limits_min
        Minutes; the limits of weights rise.
    weights
        Weight up to each limit.
    dm_per_min
        Decimetres walked in a minute.
    """
    thresholds = np.array([int(limit * dm_per_min) for limit in thresholds_min], dtype=np.int64)
    steps = np.array([int(limit * dm_per_min) for limit in weight_limits_min], dtype=np.int64)
    limits = np.unique(np.concatenate([thresholds, steps]))
    limit_dm = int(limits[-1])
    ring = np.searchsorted(limits, np.arange(limit_dm + 2)).astype(np.uint8)
    beyond = np.append(limits, limit_dm + 1)
    return Rings(
        limit_dm=limit_dm,
        ring=ring,
        weight=np.append(weights, 0.0)[np.searchsorted(steps, beyond)],
        slot=np.searchsorted(np.sort(thresholds), beyond),
        order=np.searchsorted(np.sort(thresholds), thresholds),
    )
