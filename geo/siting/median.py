"""The shortest walks for all: the p-median on sparse walking times.

Sources: Hakimi (1964); Teitz and Bart (1968); Whitaker (1983) for the fast interchange.
"""

from dataclasses import dataclass

import numpy as np

from geo.siting.problem import (
    TOLERANCE,
    Floats,
    Ints,
    SitingProblem,
    SitingResult,
    check_number,
    check_problem,
    is_proved,
)

_MAX_PASSES = 100
_EXISTING = -1


def shortest_walks(problem: SitingProblem, sites: int) -> SitingResult:
    """Choose sites so that people walk the least altogether (p-median).

    Minimise ``Σ P_i min(t_i, limit)`` with t_i the walk to the nearest chosen site or centre there
    is; whoever has none within the limit counts with the limit, which is stated and not a guess of
    how far they would walk. Greedy, then interchange of one site for one candidate.

    Parameters
    ----------
    problem
        Walks, demand, centres there are.
    sites
        How many sites, p.

    Returns
    -------
    SitingResult
        In person-minutes. The bound lets every cell have its best candidate.
    """
    check_problem(problem)
    check_number(sites, problem)
    start = problem.walk_today
    chosen, gains = _greedy(problem, start.copy(), sites)
    state = _State.of(problem, start, chosen)
    swapped = False
    for _ in range(_MAX_PASSES):
        swap = _best_swap(problem, state)
        if swap is None:
            break
        chosen[swap[0]] = swap[1]
        swapped = True
        state = _State.of(problem, start, chosen)
    objective = float((problem.demand * state.nearest).sum())
    best = start.copy()
    np.minimum.at(best, problem.cell, problem.minutes)
    bound = float((problem.demand * best).sum())
    return SitingResult(
        tuple(chosen), objective, bound,
        tuple(problem.walks_with(chosen)[1]) if swapped else tuple(gains),
        "voraz_intercambio" if swapped else "voraz",
        proved=is_proved(objective, bound),
    )  # fmt: skip


def _saved(problem: SitingProblem, walk: Floats) -> Floats:
    """Return the person-minutes each candidate would save, walks being as they are."""
    shorter = np.maximum(0.0, walk[problem.cell] - problem.minutes)
    return np.bincount(
        problem.candidate,
        weights=problem.demand[problem.cell] * shorter,
        minlength=problem.candidates,
    ).astype(np.float64)


def _greedy(problem: SitingProblem, walk: Floats, sites: int) -> tuple[list[int], list[float]]:
    chosen: list[int] = []
    gains: list[float] = []
    while len(chosen) < sites:
        saved = _saved(problem, walk)
        candidate = int(saved.argmax())
        if saved[candidate] <= 0:
            break
        chosen.append(candidate)
        gains.append(float(saved[candidate]))
        _shorten(problem, walk, candidate)
    return chosen, gains


def _shorten(problem: SitingProblem, walk: Floats, site: int) -> None:
    cells = problem.cells_of(site)
    walk[cells] = np.minimum(walk[cells], problem.minutes_of(site))


@dataclass(frozen=True, slots=True)
class _State:
    """The nearest and second nearest chosen site of every cell.

    ``owner`` is the position among the chosen of the nearest, −1 for a centre there is or none.
    """

    nearest: Floats
    second: Floats
    owner: Ints
    chosen: list[int]

    @classmethod
    def of(cls, problem: SitingProblem, start: Floats, chosen: list[int]) -> "_State":
        nearest, second = start.copy(), start.copy()
        owner = np.full(len(start), _EXISTING, dtype=np.int64)
        for position, site in enumerate(chosen):
            cells, walk = problem.cells_of(site), problem.minutes_of(site)
            closer = walk < nearest[cells]
            second[cells] = np.where(closer, nearest[cells], np.minimum(second[cells], walk))
            nearest[cells] = np.where(closer, walk, nearest[cells])
            owner[cells[closer]] = position
        return cls(nearest, second, owner, chosen)


def _best_swap(problem: SitingProblem, state: _State) -> tuple[int, int] | None:
    """Return the site to take out and the candidate to put in that save the most, or None.

    Taking out j costs its cells the way to their second nearest, less what the candidate spares
    them; both parts are sums over pairs, gathered for all candidates and sites at once.
    """
    sites = len(state.chosen)
    if sites == 0:
        return None
    owned = state.owner >= 0
    loss = np.bincount(
        state.owner[owned],
        weights=(problem.demand * (state.second - state.nearest))[owned],
        minlength=sites,
    )
    saved = _saved(problem, state.nearest)
    cell, walk = problem.cell, problem.minutes
    spares = (walk < state.second[cell]) & owned[cell]
    spared = problem.demand[cell] * (state.second[cell] - np.maximum(walk, state.nearest[cell]))
    at = problem.candidate[spares].astype(np.int64) * sites + state.owner[cell[spares]]
    kept = np.bincount(at, weights=spared[spares], minlength=problem.candidates * sites)
    net = saved[:, None] + kept.reshape(problem.candidates, sites) - loss[None, :]
    net[state.chosen, :] = -np.inf
    best = int(net.argmax())
    candidate, out = divmod(best, sites)
    least = TOLERANCE * max(1.0, float((problem.demand * state.nearest).sum()))
    return (out, candidate) if net[candidate, out] > least else None
