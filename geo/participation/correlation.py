"""Correlation of two mapped variables, with an interval that allows for spatial dependence.

Neighbouring places resemble each other, so n places are not n independent ones. The variance of a
correlation under no association follows from how each variable resembles itself by distance
(Clifford, Richardson and Hémon, Biometrics 45:123–134, 1989; Dutilleul, Biometrics 49:305–314,
1993, whose centring is used). With weights w adding up to one and A = diag(w) − w w'::

    var(r) = tr(A Rx A Ry) / (tr(A Rx) tr(A Ry)),   effective places = 1 + 1 / var(r)

where R holds the autocorrelation of the distance class of each pair. With equal weights this is
Dutilleul's test; without spatial dependence it is 1 / (n − 1), or that of Kish's effective size.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from data.errors import InputError, Where
from data.texts import Text

Floats = npt.NDArray[np.float64]
Coefficient = Literal["pearson", "spearman"]
LEAST_PLACES = 30
_CLASSES = 30
# Above so many places not all pairs are looked at: the near ones are, and the far ones of as many
# places, taken evenly in the order given (that of codes follows the map).
_MOST_PAIRED = 3000
_NEAR = 30
_NEAREST = 3
_CONFIDENCE = 0.95
# Places that Fisher's z and Student's t spend.
_OF_FISHER, _OF_STUDENT = 3.0, 2.0


@dataclass(frozen=True, slots=True)
class Correlation:
    """A correlation and how sure it is.

    Parameters
    ----------
    estimate, low, high
        Coefficient and its 95 % interval (Fisher's z with the effective places).
    places, effective_places
        Places used, and independent ones of the same precision; never more than the places.
    p_value
        Two-sided, Student's t with effective places − 2 degrees of freedom.
    """

    estimate: float
    low: float
    high: float
    places: int
    effective_places: float
    p_value: float


class PairedPlaces:
    """Places by distance from each other, for correlations over the same places.

    Parameters
    ----------
    points
        Shape (n, 2), metres.
    weights
        Shape (n,), above zero; None weighs all the same.

    Raises
    ------
    InputError
        If there are fewer than 30 places.
    """

    def __init__(self, points: Floats, weights: Floats | None = None) -> None:
        size = len(points)
        require_places(size)
        share = np.ones(size) if weights is None else np.asarray(weights, dtype="float64")
        self.share = share / share.sum()
        step = -(-size // _MOST_PAIRED)
        self._taken = np.arange(0, size, step)
        self._part = self.share[self._taken] / self.share[self._taken].sum()
        self._list_pairs(points)
        self._pair_share = self._times * self.share[self._first] * self.share[self._second]
        self._by_class = np.bincount(self._class, self._pair_share, _CLASSES)
        self._around = self._around_each()

    def _list_pairs(self, points: Floats) -> None:
        """List pairs: all of them, or of many places the near ones and a sample of the far."""
        size = len(points)
        first, second = np.triu_indices(len(self._taken), k=1)
        distance = pdist(points[self._taken])
        tree = cKDTree(points)
        around_m = tree.query(points, k=[_NEAREST + 1, min(_NEAR, size - 1) + 1])[0]
        limits = _class_limits(float(np.median(around_m[:, 0])), float(distance.max()))
        first, second = self._taken[first], self._taken[second]
        times = np.ones(len(first))
        if len(self._taken) < size:
            near_m = float(np.quantile(around_m[:, 1], 0.25))
            near = tree.query_pairs(near_m, output_type="ndarray")
            near = near[np.lexsort((near[:, 1], near[:, 0]))]
            far = distance > near_m
            first, second = (
                np.concatenate([near[:, end], ends[far]])
                for end, ends in enumerate((first, second))
            )
            gaps = points[near[:, 0]] - points[near[:, 1]]
            distance = np.concatenate([np.hypot(gaps[:, 0], gaps[:, 1]), distance[far]])
            # Far pairs stand for all of the same kind: what near ones leave of the weight.
            sampled = (self.share[first] * self.share[second])[len(near) :].sum()
            close = (self.share[near[:, 0]] * self.share[near[:, 1]]).sum()
            whole = (1.0 - (self.share**2).sum()) / 2.0
            times = np.ones(len(first))
            times[len(near) :] = (whole - close) / sampled
        self._first, self._second, self._times = first, second, times
        self._class = np.searchsorted(limits, distance)

    def _around_each(self) -> Floats:
        """Return the weight around each place taken, by class of distance."""
        size = len(self._taken)
        row = np.full(len(self.share), -1)
        row[self._taken] = np.arange(size)
        # A far pair stands for as much weight as there are places to one that was taken.
        of_far = 1.0 / self.share[self._taken].sum()
        scale = np.where(self._times == 1.0, 1.0, of_far)
        around = np.zeros(size * _CLASSES)
        for one, other in ((self._first, self._second), (self._second, self._first)):
            at = row[one] >= 0
            cell = row[one[at]] * _CLASSES + self._class[at]
            weight = (scale * self.share[other])[at]
            around += np.bincount(cell, weight, size * _CLASSES)
        return around.reshape(size, _CLASSES)

    def correlate(self, x: Floats, y: Floats, coefficient: Coefficient = "pearson") -> Correlation:
        """Return the weighted correlation of two variables known at every place.

        Spearman's is Pearson's of the ranks, ties sharing their mean rank.

        Raises
        ------
        InputError
            If a variable is the same everywhere.
        """
        require_variation(x=x, y=y)
        if coefficient == "spearman":
            x, y = stats.rankdata(x), stats.rankdata(y)
        zx, zy = self._standard(x), self._standard(y)
        estimate = float(np.clip((self.share * zx * zy).sum(), -1.0, 1.0))
        effective = min(1.0 + 1.0 / self._variance(zx, zy), float(len(x)))
        low, high = _interval(estimate, effective)
        return Correlation(estimate, low, high, len(x), effective, _p_value(estimate, effective))

    def _standard(self, values: Floats) -> Floats:
        centred = values - (self.share * values).sum()
        spread: Floats = centred / np.sqrt((self.share * centred**2).sum())
        return spread

    def _autocorrelation(self, z: Floats) -> Floats:
        """Return how a variable resembles itself by class of distance."""
        together = self._pair_share * z[self._first] * z[self._second]
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.bincount(self._class, together, _CLASSES) / self._by_class
        return np.clip(np.nan_to_num(found), -1.0, 1.0)

    def _variance(self, zx: Floats, zy: Floats) -> float:
        """Return the variance of the correlation if there were no association."""
        rho_x, rho_y = self._autocorrelation(zx), self._autocorrelation(zy)
        part = self._part
        own = (self.share**2).sum()
        near_x, near_y = (self.share[self._taken] + self._around @ rho for rho in (rho_x, rho_y))
        all_x, all_y = (part * near_x).sum(), (part * near_y).sum()
        between = 2.0 * (self._by_class * rho_x * rho_y).sum()
        product = own + between - 2.0 * (part * near_x * near_y).sum() + all_x * all_y
        variance = product / ((1.0 - all_x) * (1.0 - all_y))
        # Estimates of how variables resemble themselves may not agree with each other: never more
        # sure than independent places would be.
        return float(max(variance, own / (1.0 - own)))


def require_places(count: int) -> None:
    """Refuse to analyse fewer than 30 places."""
    if count < LEAST_PLACES:
        raise InputError(
            Text("Son muy pocos lugares para decir algo de su relación",
                 "These are too few places to say anything of their relation"),
            where=Where(value=count),
            remedy=Text(f"Se necesitan al menos {LEAST_PLACES} lugares con todos los datos",
                        f"At least {LEAST_PLACES} places with every figure are needed"),
        )  # fmt: skip


def require_variation(**columns: Floats) -> None:
    """Refuse columns that are unknown everywhere, or the same everywhere."""
    for name, values in columns.items():
        known = values[~np.isnan(values)]
        if not len(known):
            raise InputError(
                Text("La variable no se conoce en ningún lugar",
                     "The variable is known of no place"),
                where=Where(column=name),
                remedy=Text("Quítela, o dé una fuente que la traiga",
                            "Leave it out, or give a source that holds it"),
            )  # fmt: skip
        if np.ptp(known) <= 1e-12 * max(1.0, float(np.abs(known).max())):
            raise InputError(
                Text("La variable vale lo mismo en todos los lugares",
                     "The variable is the same everywhere"),
                where=Where(column=name, value=float(known[0])),
                remedy=Text("Quítela: sin diferencias no hay relación que medir",
                            "Leave it out: without differences there is no relation to measure"),
            )  # fmt: skip


def _class_limits(near: float, far: float) -> Floats:
    """Return the upper limits of the classes of distance but the last, in equal steps of its log.

    The first class holds the nearest pairs, about three neighbours for each place.
    """
    near = max(near, 1e-6)
    return np.geomspace(near, max(far, near * 2.0), _CLASSES)[:-1]


def _interval(estimate: float, effective: float) -> tuple[float, float]:
    if effective <= _OF_FISHER:
        return -1.0, 1.0
    if abs(estimate) >= 1.0:
        return estimate, estimate
    middle = np.arctanh(estimate)
    half = stats.norm.ppf(0.5 + _CONFIDENCE / 2) / np.sqrt(effective - _OF_FISHER)
    return float(np.tanh(middle - half)), float(np.tanh(middle + half))


def _p_value(estimate: float, effective: float) -> float:
    freedom = effective - _OF_STUDENT
    if freedom <= 0.0:
        return 1.0
    if abs(estimate) >= 1.0:
        return 0.0
    t = estimate * np.sqrt(freedom / (1.0 - estimate**2))
    return float(2.0 * stats.t.sf(abs(t), freedom))
