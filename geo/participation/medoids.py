"""k-medoids: groups around real places, by swaps of medoids.

PAM (Kaufman and Rousseeuw, 1990) looks for the k places whose distances to all others add up to
least: from a start, it swaps a medoid for another place as long as that shortens the sum. All swaps
are weighed at once, as in FastPAM1 (Schubert and Rousseeuw, Information Systems 101:101804, 2021).
It looks at every pair, so above ``SAMPLE`` places it works on a sample and every place goes to its
nearest medoid, as in CLARA (Kaufman and Rousseeuw, 1990). It starts at the places nearest to the
centres of k-means, the best of ``STARTS``, which leaves few swaps to make.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

SAMPLE = 3000
STARTS = 10
_MOST_SWAPS = 200
# Rounding is no gain: a swap must shorten the sum by more than this share of the places.
_LEAST_GAIN = 1e-9


@dataclass(frozen=True, slots=True)
class Medoids:
    """Groups of places, each around one of them.

    Parameters
    ----------
    label
        Shape (n,): group of each place, from 0.
    medoid
        Shape (k,): row of the place each group is around.
    cost
        Sum of the distances of all places to their medoids.
    """

    label: Ints
    medoid: Ints
    cost: float


def find_medoids(points: Floats, count: int, *, seed: int) -> Medoids:
    """Sort places into groups around medoids.

    Parameters
    ----------
    points
        Shape (n, variables), on one scale; distances are straight ones.
    count
        Groups, no more than there are differing places.
    seed
        Of the sample and the starts.
    """
    # One thread: sums taken in another order could swap another place.
    from threadpoolctl import threadpool_limits

    random = np.random.default_rng(seed)
    rows = np.arange(len(points))
    if len(points) > SAMPLE:
        rows = np.sort(random.choice(len(points), SAMPLE, replace=False))
    taken = points[rows]
    with threadpool_limits(1):
        medoid = np.sort(rows[_swapped(cdist(taken, taken), _start(taken, count, seed))])
    far = cdist(points, points[medoid])
    return Medoids(far.argmin(axis=1), medoid, float(far.min(axis=1).sum()))


def _start(points: Floats, count: int, seed: int) -> Ints:
    from sklearn.cluster import KMeans

    centres = KMeans(count, n_init=STARTS, random_state=seed).fit(points).cluster_centers_
    return np.asarray(cdist(centres, points).argmin(axis=1), dtype=np.intp)


def _swapped(apart: Floats, start: Ints) -> Ints:
    """Swap a medoid for the place that shortens the sum most, until none does."""
    medoid = start.copy()
    for _ in range(_MOST_SWAPS):
        change = _changes(apart, medoid)
        group, place = np.unravel_index(int(change.argmin()), change.shape)
        if change[group, place] >= -_LEAST_GAIN * len(apart):
            break
        medoid[group] = place
    return medoid


def _changes(apart: Floats, medoid: Ints) -> Floats:
    """Return shape (k, n): how the sum changes if each medoid gives way to each place.

    Whatever medoid leaves, those nearer to the place than to theirs go to it; those of the one that
    leaves go to their second or to the place, whichever is nearer.
    """
    to_medoids = apart[medoid]
    order = np.argsort(to_medoids, axis=0, kind="stable")[:2]
    nearest, second = np.take_along_axis(to_medoids, order, axis=0)
    kept = np.minimum(apart, nearest)
    gained = kept.sum(axis=1) - nearest.sum()
    left = np.minimum(apart, second) - kept
    of_group = (order[0] == np.arange(len(medoid))[:, None]).astype("float64")
    change: Floats = gained + of_group @ left.T
    return change
