"""What is to be sited: who lives where, where one may build, and how far each is from each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from data.errors import LimitError, ParameterError, Where
from data.texts import Text
from geo.access import TravelTimes

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# An objective this near its bound, relatively, is the optimum.
TOLERANCE = 1e-9
MAX_SITES = 1_000
MAX_PAIRS = 200_000_000


@dataclass(frozen=True)
class SitingProblem:
    """Candidates, cells and the walks between them.

    Parameters
    ----------
    times
        Walks between n cells and m candidates, those beyond ``limit_min`` left out.
    demand
        Shape (n,): people of each cell, known and not negative. May be weighted, see
        :func:`worst_off_weights`.
    existing_min
        Shape (n,): minutes to the nearest centre there is; NaN where none is in reach.
    limit_min
        Longest walk that counts as served, included.
    cost
        Shape (m,): cost of each candidate, or None if all cost the same.
    capacity
        Shape (m,): places of each candidate, or None if unlimited.
    """

    times: TravelTimes
    demand: Floats
    existing_min: Floats
    limit_min: float
    cost: Floats | None = None
    capacity: Floats | None = None

    @cached_property
    def first(self) -> Ints:
        """Shape (m + 1,): where each candidate's cells start in ``cell`` and ``minutes``."""
        counts = np.bincount(self._by_candidate.facility, minlength=self.times.n_facilities)
        return np.r_[0, np.cumsum(counts)].astype(np.int64)

    @cached_property
    def _by_candidate(self) -> TravelTimes:
        kept = self.times.within(self.limit_min)
        order = np.lexsort((kept.cell, kept.facility))
        return TravelTimes(
            cell=kept.cell[order],
            facility=kept.facility[order],
            minutes=kept.minutes[order],
            n_cells=kept.n_cells,
            n_facilities=kept.n_facilities,
            measured=kept.measured,
        )

    @property
    def cell(self) -> npt.NDArray[np.int32]:
        """Shape (pairs,): cells of each candidate in turn."""
        return self._by_candidate.cell

    @property
    def candidate(self) -> npt.NDArray[np.int32]:
        """Shape (pairs,): the candidate of each pair."""
        return self._by_candidate.facility

    @property
    def minutes(self) -> Floats:
        """Shape (pairs,): walk of each pair."""
        return self._by_candidate.minutes

    @cached_property
    def served_already(self) -> Mask:
        """Shape (n,): whether a centre there is serves the cell within the limit."""
        served: Mask = np.nan_to_num(self.existing_min, nan=np.inf) <= self.limit_min
        return served

    @cached_property
    def unserved(self) -> Floats:
        """Shape (n,): people no centre serves today; not to be written to."""
        return np.where(self.served_already, 0.0, self.demand)

    @cached_property
    def walk_today(self) -> Floats:
        """Shape (n,): minutes to the nearest centre there is, the limit at most; read only."""
        return np.minimum(np.nan_to_num(self.existing_min, nan=np.inf), self.limit_min)

    @property
    def candidates(self) -> int:
        """Number of candidates."""
        return self.times.n_facilities

    def sum_by_candidate(self, values: Floats) -> Floats:
        """Add up a value of each cell over the cells of every candidate; shape (m,)."""
        return np.bincount(
            self.candidate, weights=values[self.cell], minlength=self.candidates
        ).astype(np.float64)

    def cells_of(self, candidate: int) -> npt.NDArray[np.int32]:
        """Return the cells within the limit of a candidate."""
        return self.cell[self.first[candidate] : self.first[candidate + 1]]

    def minutes_of(self, candidate: int) -> Floats:
        """Return the walk of each of those cells."""
        return self.minutes[self.first[candidate] : self.first[candidate + 1]]

    def served_by(self, sites: Sequence[int]) -> Mask:
        """Return which cells are within the limit of a site or of a centre there is."""
        served = self.served_already.copy()
        for site in sites:
            served[self.cells_of(site)] = True
        return served

    def people_gained(self, sites: Sequence[int]) -> list[float]:
        """Return the people each site newly serves, those before it being there."""
        left, gained = self.unserved.copy(), []
        for site in sites:
            gained.append(float(left[self.cells_of(site)].sum()))
            left[self.cells_of(site)] = 0.0
        return gained

    def walks_with(self, sites: Sequence[int]) -> tuple[Floats, list[float]]:
        """Return everyone's walk with sites, and the person-minutes each spares those before it."""
        walk, spared = self.walk_today.copy(), []
        for site in sites:
            cells, minutes = self.cells_of(site), self.minutes_of(site)
            shorter = np.maximum(0.0, walk[cells] - minutes)
            spared.append(float((self.demand[cells] * shorter).sum()))
            walk[cells] -= shorter
        return walk, spared


def is_proved(objective: float, bound: float) -> bool:
    """Say whether an objective equals what no choice can beat."""
    return abs(bound - objective) <= TOLERANCE * max(1.0, abs(objective))


@dataclass(frozen=True, slots=True)
class SitingResult:
    """Chosen sites and how good they are.

    Parameters
    ----------
    sites
        Positions of the chosen candidates, in the order of choice.
    objective
        What was reached: people newly served, or person-minutes of walk (p-median), or the number
        of sites (set cover).
    bound
        What no choice can beat: at least the best objective (at most, where less is better).
    gains
        What each site added when it was chosen, in the objective's unit.
    method
        ``voraz`` (lazy greedy), ``voraz_intercambio`` (with interchange) or ``exacto`` (HiGHS).
    proved
        Whether the objective equals the optimum within the solver's tolerance.
    """

    sites: tuple[int, ...]
    objective: float
    bound: float
    gains: tuple[float, ...]
    method: str
    proved: bool

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound, zero where both are."""
        return abs(self.bound - self.objective) / abs(self.objective) if self.objective else 0.0


def check_problem(problem: SitingProblem) -> None:
    """Refuse a problem whose parts do not fit.

    Raises
    ------
    ParameterError
        If a length differs, demand is unknown or negative, a cost or capacity is not above zero,
        or nobody lives anywhere.
    LimitError
        If it has too many pairs.
    """
    n, m = problem.times.n_cells, problem.times.n_facilities
    if problem.times.n_pairs > MAX_PAIRS:
        raise LimitError(
            Text("Hay demasiados pares de sitio y celda", "There are too many site–cell pairs"),
            where=Where(value=problem.times.n_pairs),
            remedy=Text(f"Se aceptan hasta {MAX_PAIRS:,}: use menos candidatos",
                        f"Up to {MAX_PAIRS:,} are accepted: use fewer candidates"),
        )  # fmt: skip
    sized = {"demand": (problem.demand, n), "existing_min": (problem.existing_min, n)}
    for name, (values, size) in sized.items():
        if values.shape != (size,):
            raise _unfit(name, values.shape)
    if not (np.isfinite(problem.demand) & (problem.demand >= 0)).all():
        raise _unfit("demand", "NaN / < 0")
    for name in ("cost", "capacity"):
        values = getattr(problem, name)
        if values is not None and (values.shape != (m,) or not (values > 0).all()):
            raise _unfit(name, values.shape)
    if m == 0 or not problem.demand.sum() > 0:
        raise ParameterError(
            Text("No hay candidatos o no hay demanda", "There are no candidates or no demand"),
            remedy=Text("Revise el lugar y el servicio", "Check the place and the service"),
        )


def check_number(sites: int, problem: SitingProblem) -> None:
    """Refuse a number of sites below one, above the limit, or above the candidates."""
    most = min(MAX_SITES, problem.candidates)
    if not 1 <= sites <= most:
        raise ParameterError(
            Text("El número de sitios está fuera de rango", "The number of sites is out of range"),
            where=Where(column="sites", value=sites),
            remedy=Text(f"Dé de 1 a {most}", f"Give 1 to {most}"),
        )


def worst_off_weights(demand: Floats, existing_min: Floats, *, strength: float) -> Floats:
    """Return demand that counts the more the farther people are from care today.

    ``w_i = P_i (1 + strength · r_i)``, with r the rank of the cell's people by walking minutes,
    from 0 (nearest) to 1 (farthest); cells with nothing in reach rank last together.

    Parameters
    ----------
    demand
        Shape (n,), people.
    existing_min
        Shape (n,), minutes to the nearest centre there is; NaN where none is in reach.
    strength
        How much more the worst-off count: 0 not at all, 1 twice.
    """
    if not 0 <= strength <= 10:  # noqa: PLR2004 — a wide but finite range
        raise ParameterError(
            Text("El peso de equidad está fuera de rango", "The equity weight is out of range"),
            where=Where(column="equity", value=strength),
            remedy=Text("Dé de 0 a 10", "Give 0 to 10"),
        )
    far = np.nan_to_num(existing_min, nan=np.inf)
    values, position = np.unique(far, return_inverse=True)
    people = np.bincount(position, weights=demand, minlength=len(values))
    middle = np.cumsum(people) - people / 2
    total = people.sum()
    rank = middle / total if total > 0 else np.zeros_like(middle)
    weighted: Floats = demand * (1 + strength * rank[position])
    return weighted


def _unfit(column: str, value: object) -> ParameterError:
    return ParameterError(
        Text("El problema de ubicación no es válido", "The siting problem is not valid"),
        where=Where(column=column, value=value),
        remedy=Text("Dé un valor conocido y válido por celda o candidato",
                    "Give one known, valid value for each cell or candidate"),
    )  # fmt: skip
