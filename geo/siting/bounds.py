"""How good a choice can be at most: the Lagrangian bound of the maximal covering problem.

Source: Galvão and ReVelle (1996); subgradient steps after Held, Wolfe and Crowder (1974).
"""

from dataclasses import replace

import numpy as np

from geo.siting.problem import SitingProblem, SitingResult, is_proved

# The step is halved after this many rounds without a better bound, and the search ends when it
# has become this small.
_PATIENCE = 10
_LEAST_STEP = 1e-3


def tighten_bound(
    problem: SitingProblem, found: SitingResult, sites: int, *, rounds: int = 400
) -> SitingResult:
    """Return a choice with a tighter bound on what any choice of ``sites`` could serve.

    A price ``λ_i`` for serving cell i, between 0 and its people, takes the link between cells and
    sites into the objective: ``Σ (P_i − λ_i) + max over p sites of Σ_{i in reach} λ_i`` is an upper
    bound for any prices, and subgradient steps look for the least. Its limit is the bound of the
    linear relaxation.

    Parameters
    ----------
    problem
        Without capacity.
    found
        A choice for that problem, from :func:`geo.siting.most_people`.
    sites
        How many sites, p.
    rounds
        Most rounds of prices, each one pass over the pairs.
    """
    people = problem.unserved.copy()
    reachable = np.zeros(len(people), dtype=bool)
    reachable[problem.cell] = True
    people[~reachable] = 0.0
    price, step = people / 2, 1.0
    best, since = min(found.bound, float(people.sum())), 0
    for _ in range(rounds):
        worth = problem.sum_by_candidate(price)
        chosen = np.argpartition(-worth, min(sites, len(worth)) - 1)[:sites]
        bound = float((people - price).sum() + worth[chosen].sum())
        since = 0 if bound < best else since + 1
        best = min(best, bound)
        if is_proved(found.objective, best) or step < _LEAST_STEP:
            break
        if since >= _PATIENCE:
            step, since = step / 2, 0
        picked = np.zeros(problem.candidates, dtype=bool)
        picked[chosen] = True
        times_served = np.bincount(problem.cell[picked[problem.candidate]], minlength=len(people))
        slope = times_served - (people > price)
        slope[people == 0] = 0
        size = float((slope**2).sum())
        if size == 0:
            break
        price = np.clip(price - step * (bound - found.objective) / size * slope, 0.0, people)
    bound = max(best, found.objective)
    return replace(found, bound=bound, proved=is_proved(found.objective, bound))
