"""Serving the most people: maximal covering (MCLP), with budgets and capacities, and set cover.

Sources: Church and ReVelle (1974); Toregas and others (1971); the greedy choice is within 1 − 1/e
of the best (Nemhauser, Wolsey and Fisher, 1978), with costs within half of that (Khuller, Moss and
Naor, 1999).
"""

import heapq
from collections.abc import Callable

import numpy as np

from data.errors import ParameterError, Where
from data.texts import Text
from geo.siting.problem import (
    TOLERANCE,
    Floats,
    SitingProblem,
    SitingResult,
    check_number,
    check_problem,
    is_proved,
)

# Passes of interchange; each goes through all pairs of one site out, one candidate in.
_MAX_PASSES = 50


def most_people(problem: SitingProblem, sites: int) -> SitingResult:
    """Choose sites that serve the most people no centre serves today (MCLP).

    Maximise ``Σ P_i`` over cells within the limit of a chosen site and of no centre there is. Lazy
    greedy, then interchange of one site for one candidate as long as more people are served.

    Parameters
    ----------
    problem
        Without capacity.
    sites
        How many sites, p.

    Returns
    -------
    SitingResult
        In people. The bound is what the p largest remaining gains could still add.

    Raises
    ------
    ParameterError
        If the problem or the number is not valid.
    """
    check_problem(problem)
    check_number(sites, problem)
    left = problem.unserved.copy()
    chosen, gains = _greedy(problem, left.copy(), lambda chosen: len(chosen) < sites)
    chosen = _interchange(problem, left, chosen)
    return _result(problem, left, chosen, gains, sites)


def _greedy(
    problem: SitingProblem, left: Floats, more: Callable[[list[int]], bool]
) -> tuple[list[int], list[float]]:
    """Add the candidate of the largest gain while ``more`` says so; gains only ever shrink.

    ``left`` is the demand not yet served, and is used up.
    """
    heap = [
        (-float(left[problem.cells_of(candidate)].sum()), candidate)
        for candidate in range(problem.candidates)
    ]
    heapq.heapify(heap)
    chosen: list[int] = []
    gains: list[float] = []
    while heap and more(chosen):
        _, candidate = heapq.heappop(heap)
        gain = float(left[problem.cells_of(candidate)].sum())
        if heap and (-gain, candidate) > heap[0]:
            heapq.heappush(heap, (-gain, candidate))
            continue
        if gain <= 0:
            break
        chosen.append(candidate)
        gains.append(gain)
        left[problem.cells_of(candidate)] = 0.0
    return chosen, gains


def _interchange(problem: SitingProblem, left: Floats, chosen: list[int]) -> list[int]:
    """Swap one site for one candidate while that serves more people.

    A candidate's gain once site j is out is its gain now plus the people only j serves that it
    would serve too, so all swaps of j are known from the candidates around j's own cells.
    """
    by_cell = np.argsort(problem.cell, kind="stable")
    starts = np.searchsorted(problem.cell[by_cell], np.arange(len(left) + 1))
    times_served = np.zeros(len(left), dtype=np.int32)
    for site in chosen:
        times_served[problem.cells_of(site)] += 1
    for _ in range(_MAX_PASSES):
        swap = _best_swap(problem, left, chosen, times_served, by_cell, starts)
        if swap is None:
            break
        out, candidate = swap
        times_served[problem.cells_of(chosen[out])] -= 1
        times_served[problem.cells_of(candidate)] += 1
        chosen[out] = candidate
    return chosen


def _best_swap(
    problem: SitingProblem,
    left: Floats,
    chosen: list[int],
    times_served: np.ndarray,
    by_cell: np.ndarray,
    starts: np.ndarray,
) -> tuple[int, int] | None:
    unserved = np.where(times_served == 0, left, 0.0)
    gain = problem.sum_by_candidate(unserved)
    best, swap = TOLERANCE * max(1.0, float(left.sum())), None
    for out, site in enumerate(chosen):
        alone = [cell for cell in problem.cells_of(site) if times_served[cell] == 1]
        lost = float(left[alone].sum())
        pairs = np.concatenate(
            [by_cell[starts[cell] : starts[cell + 1]] for cell in alone]
            or [np.zeros(0, dtype=by_cell.dtype)]
        )
        kept = np.bincount(
            problem.candidate[pairs],
            weights=left[problem.cell[pairs]],
            minlength=problem.candidates,
        )
        net = gain + kept - lost
        net[chosen] = -np.inf
        candidate = int(net.argmax())
        if net[candidate] > best:
            best, swap = float(net[candidate]), (out, candidate)
    return swap


def _result(
    problem: SitingProblem, left: Floats, chosen: list[int], gains: list[float], sites: int
) -> SitingResult:
    own = problem.people_gained(chosen)
    remaining = left.copy()
    for site in chosen:
        remaining[problem.cells_of(site)] = 0.0
    objective = sum(own)
    further = problem.sum_by_candidate(remaining)
    bound = objective + float(np.sort(further)[::-1][:sites].sum())
    method = "voraz" if own == gains else "voraz_intercambio"
    return SitingResult(
        tuple(chosen),
        objective,
        min(bound, float(left.sum())),
        tuple(own),
        method,
        proved=is_proved(objective, bound),
    )


def most_people_within_budget(problem: SitingProblem, budget: float) -> SitingResult:
    """Choose sites that serve the most people for at most a budget.

    The better of two greedy choices: by people, and by people per cost, each taking whatever still
    fits. Its bound fills the budget with the largest remaining gains per cost, the last in part.

    Parameters
    ----------
    problem
        With ``cost``.
    budget
        In the unit of ``cost``.

    Raises
    ------
    ParameterError
        If there are no costs, or no candidate fits the budget.
    """
    check_problem(problem)
    cost = costs_within(problem, budget)
    left = problem.unserved.copy()
    tries = [_within_budget(problem, left.copy(), cost, budget, power) for power in (0.0, 1.0)]
    chosen, gains, remaining = max(tries, key=lambda found: sum(found[1]))
    further = problem.sum_by_candidate(remaining)
    objective = sum(gains)
    bound = min(objective + _fill(further, cost, budget), float(left.sum()))
    return SitingResult(
        tuple(chosen),
        objective,
        bound,
        tuple(gains),
        "voraz",
        proved=is_proved(objective, bound),
    )


def costs_within(problem: SitingProblem, budget: float) -> Floats:
    """Return the costs of candidates; refuse where there are none or none fits the budget."""
    if problem.cost is None or not budget >= problem.cost.min():
        raise ParameterError(
            Text(
                "El presupuesto no alcanza para ningún sitio",
                "The budget is not enough for any site",
            ),
            where=Where(column="budget", value=budget),
            remedy=Text(
                "Dé costos y un presupuesto que alcance al menos para el más barato",
                "Give costs and a budget of at least the cheapest",
            ),
        )
    return problem.cost


def _within_budget(
    problem: SitingProblem, left: Floats, cost: Floats, budget: float, power: float
) -> tuple[list[int], list[float], Floats]:
    chosen: list[int] = []
    gains: list[float] = []
    free = np.ones(problem.candidates, dtype=bool)
    while True:
        gain = problem.sum_by_candidate(left)
        gain[~free | (cost > budget)] = 0.0
        candidate = int((gain / cost**power).argmax())
        if gain[candidate] <= 0:
            return chosen, gains, left
        chosen.append(candidate)
        gains.append(float(gain[candidate]))
        budget -= float(cost[candidate])
        free[candidate] = False
        left[problem.cells_of(candidate)] = 0.0


def _fill(gain: Floats, cost: Floats, budget: float) -> float:
    """Return the most a budget could add if gains did not overlap and sites could be cut."""
    order = np.argsort(-gain / cost, kind="stable")
    before = np.cumsum(cost[order]) - cost[order]
    part = np.clip((budget - before) / cost[order], 0.0, 1.0)
    return float((gain[order] * part).sum())


def most_places_used(problem: SitingProblem, sites: int) -> SitingResult:
    """Choose sites of limited capacity whose places the most people use.

    Each site takes the nearest unserved people within the limit until it is full; the greedy choice
    is the site that would take the most. The bound lets every site fill up on its own.

    Parameters
    ----------
    problem
        With ``capacity``.
    sites
        How many sites.
    """
    check_problem(problem)
    check_number(sites, problem)
    capacity = capacities(problem)
    left = problem.unserved.copy()
    alone = np.minimum(capacity, problem.sum_by_candidate(left))
    bound = min(float(np.sort(alone)[::-1][:sites].sum()), float(left.sum()))
    chosen: list[int] = []
    gains: list[float] = []
    while len(chosen) < sites:
        gain = np.minimum(capacity, problem.sum_by_candidate(left))
        gain[chosen] = 0.0
        candidate = int(gain.argmax())
        if gain[candidate] <= 0:
            break
        _fill_site(problem, left, candidate, float(capacity[candidate]))
        chosen.append(candidate)
        gains.append(float(gain[candidate]))
    objective = sum(gains)
    return SitingResult(
        tuple(chosen),
        objective,
        bound,
        tuple(gains),
        "voraz",
        proved=is_proved(objective, bound),
    )


def capacities(problem: SitingProblem) -> Floats:
    """Return the places of candidates; refuse where they are not given."""
    if problem.capacity is None:
        raise ParameterError(
            Text("Faltan las capacidades", "Capacities are missing"),
            where=Where(column="capacity"),
            remedy=Text("Dé los lugares de cada candidato", "Give the places of each candidate"),
        )
    return problem.capacity


def _fill_site(problem: SitingProblem, left: Floats, site: int, places: float) -> None:
    """Take the nearest people off ``left`` until the places of a site are used."""
    cells, minutes = problem.cells_of(site), problem.minutes_of(site)
    nearest = cells[np.argsort(minutes, kind="stable")]
    people = left[nearest]
    taken = np.clip(places - (np.cumsum(people) - people), 0.0, people)
    left[nearest] = people - taken


def fewest_sites(problem: SitingProblem) -> SitingResult:
    """Choose few sites so that everyone who can be served is (LSCP).

    Greedy, then sites that others make superfluous are taken out again, last first. The bound is
    the least number of sites whose people could add up to all, were there no overlap.

    Returns
    -------
    SitingResult
        In sites. Cells no candidate serves are left out; see ``SitingProblem.served_by``.
    """
    check_problem(problem)
    needs = ~problem.served_already & (problem.demand > 0)
    reachable = np.zeros(len(needs), dtype=bool)
    reachable[problem.cell] = True
    left = (needs & reachable).astype(np.float64)
    chosen, _ = _greedy(problem, left.copy(), lambda _: True)
    times_served = np.zeros(len(left), dtype=np.int32)
    for site in chosen:
        times_served[problem.cells_of(site)] += 1
    for site in reversed(chosen.copy()):
        cells = problem.cells_of(site)
        own = cells[left[cells] > 0]
        if (times_served[own] > 1).all():
            times_served[cells] -= 1
            chosen.remove(site)
    sizes = np.sort(problem.sum_by_candidate(left))[::-1]
    bound = int(np.searchsorted(np.cumsum(sizes), left.sum() - TOLERANCE) + 1) if left.any() else 0
    return SitingResult(
        tuple(chosen),
        float(len(chosen)),
        float(bound),
        tuple(problem.people_gained(chosen)),
        "voraz",
        proved=bound == len(chosen),
    )
