"""The proof: the same problems as sparse integer programmes, solved by HiGHS."""

import highspy
import numpy as np
import scipy.sparse as sp
from highspy.highs import _Highs

from data.errors import ParameterError, Where
from data.texts import Text
from geo.siting.coverage import capacities, costs_within
from geo.siting.problem import Floats, SitingProblem, SitingResult, check_number, check_problem

_TOLERANCE = 1e-6
_CHOSEN = 0.5


def prove_most_people(
    problem: SitingProblem, sites: int, *, seconds: float, start: SitingResult | None = None
) -> SitingResult:
    """Solve the maximal covering problem to proof, or to the gap reached in the time.

    ``max Σ P_i z_i`` with ``z_i ≤ Σ_{k serves i} y_k``, ``Σ y_k ≤ p``, y binary, z in 0–1. Cells
    served by the same candidates are one.

    Parameters
    ----------
    problem
        Without capacity.
    sites
        How many sites, p.
    seconds
        Longest time the solver may take.
    start
        A choice to start from, such as the greedy one.

    Returns
    -------
    SitingResult
        With the solver's bound. ``proved`` says whether it met the objective.
    """
    check_problem(problem)
    check_number(sites, problem)
    each = np.ones(problem.candidates)
    return _prove_covering(problem, each, float(sites), seconds=seconds, start=start)


def prove_most_people_within_budget(
    problem: SitingProblem, budget: float, *, seconds: float, start: SitingResult | None = None
) -> SitingResult:
    """Solve the maximal covering problem with ``Σ c_k y_k ≤ budget`` in place of a number of sites.

    Parameters
    ----------
    problem
        With ``cost``, without capacity.
    budget
        In the unit of ``cost``.
    seconds, start
        As in :func:`prove_most_people`.

    Raises
    ------
    ParameterError
        If there are no costs, or no candidate fits the budget.
    """
    check_problem(problem)
    cost = costs_within(problem, budget)
    return _prove_covering(problem, cost, budget, seconds=seconds, start=start)


def _prove_covering(
    problem: SitingProblem, cost: Floats, most: float, *, seconds: float, start: SitingResult | None
) -> SitingResult:
    """Solve the covering problem with ``Σ cost_k y_k ≤ most``."""
    weight, serves = _merged_cells(problem)
    rows, m = serves.shape
    # Columns: y (candidates), then z (groups of cells). Rows: z − Σ y ≤ 0, then Σ cost y ≤ most.
    matrix = sp.vstack(
        [
            sp.hstack([-serves, sp.identity(rows)]),
            sp.csr_array(np.r_[cost, np.zeros(rows)][None, :]),
        ],
        format="csc",
    )
    upper = np.r_[np.zeros(rows), most]
    solution, bound, optimal = _solve(
        matrix, upper, np.r_[np.zeros(m), weight], integers=m, maximise=True, seconds=seconds,
        start=start,
    )  # fmt: skip
    order, gains = _by_gain(problem, solution[:m])
    return _best_of(order, gains, bound, start, optimal=optimal)


def _by_gain(problem: SitingProblem, solution: Floats) -> tuple[list[int], list[float]]:
    """Return the chosen sites, the one that newly serves the most people first, and their gains."""
    chosen = [int(at) for at in np.flatnonzero(solution > _CHOSEN)]
    left = problem.unserved.copy()
    order, gains = [], []
    while chosen:
        best = max(chosen, key=lambda site: (left[problem.cells_of(site)].sum(), -site))
        gains.append(float(left[problem.cells_of(best)].sum()))
        order.append(best)
        left[problem.cells_of(best)] = 0.0
        chosen.remove(best)
    return order, gains


def _best_of(
    sites: list[int], gains: list[float], bound: float, start: SitingResult | None, *, optimal: bool
) -> SitingResult:
    """Return what the solver found, or the start where that is better, with the lesser bound."""
    objective = sum(gains)
    if start is not None:
        bound = min(bound, start.bound)
        if start.objective > objective:
            sites, gains, objective = list(start.sites), list(start.gains), start.objective
    bound = max(bound, objective)
    return SitingResult(
        tuple(sites), objective, bound, tuple(gains), "exacto",
        proved=optimal and bound - objective <= _TOLERANCE * max(1.0, objective),
    )  # fmt: skip


def prove_most_places_used(
    problem: SitingProblem, sites: int, *, seconds: float, start: SitingResult | None = None
) -> SitingResult:
    """Solve the covering problem with capacities to proof, or to the gap reached in the time.

    ``max Σ P_g x_gk`` with x_gk the share of the people of group g that site k takes,
    ``Σ_k x_gk ≤ 1``, ``Σ_g P_g x_gk ≤ C_k y_k``, ``x_gk ≤ y_k``, ``Σ y_k ≤ p``, y binary, x in 0–1.
    Groups are cells served by the same candidates, so people may go to any site within the limit:
    the best any division among the sites could do.

    Parameters
    ----------
    problem
        With ``capacity``.
    sites
        How many sites, p.
    seconds, start
        As in :func:`prove_most_people`.

    Returns
    -------
    SitingResult
        Gains are the places of each site that are used in the best division.

    Raises
    ------
    ParameterError
        If there are no capacities.
    """
    check_problem(problem)
    check_number(sites, problem)
    capacity = capacities(problem)
    weight, serves = _merged_cells(problem)
    pairs = sp.coo_array(serves)
    group, site = pairs.coords
    groups, m = serves.shape
    size = len(group)
    at, people = np.arange(size), weight[group]

    def pairs_by(row: np.ndarray, value: np.ndarray, rows: int) -> sp.csr_array:
        return sp.csr_array((value, (row, at)), shape=(rows, size))

    full = np.minimum(capacity, serves.T @ weight)
    matrix = sp.vstack(
        [
            sp.hstack([sp.csr_array((groups, m)), pairs_by(group, np.ones(size), groups)]),
            sp.hstack([sp.diags_array(-full), pairs_by(site, people, m)]),
            sp.hstack([sp.csr_array((-np.ones(size), (at, site)), shape=(size, m)),
                       sp.identity(size)]),
            sp.csr_array(np.r_[np.ones(m), np.zeros(size)][None, :]),
        ],
        format="csc",
    )  # fmt: skip
    upper = np.r_[np.ones(groups), np.zeros(m + size), float(sites)]
    solution, bound, optimal = _solve(
        matrix, upper, np.r_[np.zeros(m), people], integers=m, maximise=True, seconds=seconds,
        start=start,
    )  # fmt: skip
    used = np.bincount(site, weights=people * solution[m:], minlength=m)
    chosen = [int(k) for k in np.flatnonzero(solution[:m] > _CHOSEN)]
    chosen.sort(key=lambda k: (-used[k], k))
    return _best_of(chosen, [float(used[k]) for k in chosen], bound, start, optimal=optimal)


def prove_fewest_sites(problem: SitingProblem, *, seconds: float) -> SitingResult:
    """Solve the set cover to proof: ``min Σ y_k`` with every reachable cell served.

    Parameters
    ----------
    problem
        Without capacity.
    seconds
        Longest time the solver may take.
    """
    check_problem(problem)
    weight, serves = _merged_cells(problem)
    rows, m = serves.shape
    solution, bound, optimal = _solve(
        sp.csc_array(-serves), -np.ones(rows), np.ones(m), integers=m, maximise=False,
        seconds=seconds, start=None,
    )  # fmt: skip
    chosen = tuple(int(at) for at in np.flatnonzero(solution > _CHOSEN))
    return SitingResult(
        chosen, float(len(chosen)), float(np.ceil(bound - _TOLERANCE)),
        tuple(float(weight[serves[:, [at]].toarray()[:, 0] > 0].sum()) for at in chosen),
        "exacto", proved=optimal,
    )  # fmt: skip


def prove_shortest_walks(
    problem: SitingProblem, sites: int, *, seconds: float
) -> SitingResult:  # fmt: skip
    """Solve the p-median to proof, or to the gap reached in the time.

    ``min Σ P_i (c_i − Σ_k s_ik x_ik)`` with ``s_ik = c_i − t_ik > 0`` what k saves cell i, whose
    walk is c_i today (at most the limit), ``Σ_k x_ik ≤ 1``, ``x_ik ≤ y_k``, ``Σ y_k ≤ p``.

    Parameters
    ----------
    problem
        Walks, demand, centres there are.
    sites
        How many sites, p.
    seconds
        Longest time the solver may take.
    """
    check_problem(problem)
    check_number(sites, problem)
    today = problem.walk_today
    saves = problem.demand[problem.cell] * (today[problem.cell] - problem.minutes)
    pairs = np.flatnonzero(saves > 0)
    cells, candidates = problem.cell[pairs], problem.candidate[pairs]
    n, m, size = len(today), problem.candidates, len(pairs)
    one = np.ones(size)
    at = np.arange(size)
    matrix = sp.vstack(
        [
            sp.hstack([sp.csr_array((n, m)), sp.csr_array((one, (cells, at)), shape=(n, size))]),
            sp.hstack([sp.csr_array((-one, (at, candidates)), shape=(size, m)), sp.identity(size)]),
            sp.csr_array(np.r_[np.ones(m), np.zeros(size)][None, :]),
        ],
        format="csc",
    )
    upper = np.r_[np.ones(n), np.zeros(size), float(sites)]
    cost = np.r_[np.zeros(m), saves[pairs]]
    solution, bound, optimal = _solve(
        matrix, upper, cost, integers=m, maximise=True, seconds=seconds, start=None
    )
    chosen = tuple(int(k) for k in np.flatnonzero(solution[:m] > _CHOSEN))
    whole = float((problem.demand * today).sum())
    walk, gains = problem.walks_with(chosen)
    objective = float((problem.demand * walk).sum())
    return SitingResult(
        chosen, objective, min(whole - bound, objective), tuple(gains), "exacto", proved=optimal
    )


def _merged_cells(problem: SitingProblem) -> tuple[np.ndarray, sp.csr_array]:
    """Return the demand and the candidates of each group of cells served by the same candidates."""
    needs = ~problem.served_already & (problem.demand > 0)
    used = needs[problem.cell]
    cells, candidates = problem.cell[used], problem.candidate[used]
    # Two independent random sums tell sets of candidates apart with near certainty; groups whose
    # sums agree are then merged only if they also have as many members.
    generator = np.random.default_rng(0)
    marks = generator.integers(1, 1 << 62, size=(problem.candidates, 2), dtype=np.uint64)
    keys = np.zeros((len(needs), 2), dtype=np.uint64)
    np.add.at(keys, cells, marks[candidates])
    counts = np.bincount(cells, minlength=len(needs)).astype(np.uint64)
    served = np.flatnonzero(counts)
    _, first, group = np.unique(
        np.column_stack([keys[served], counts[served]]), axis=0,
        return_index=True, return_inverse=True,
    )  # fmt: skip
    weight = np.bincount(group, weights=problem.demand[served])
    whole = sp.csr_array(
        (np.ones(len(cells)), (cells, candidates)), shape=(len(needs), problem.candidates)
    )
    return weight, whole[served[first]]


def _solve(
    matrix: sp.csc_array,
    upper: np.ndarray,
    cost: np.ndarray,
    *,
    integers: int,
    maximise: bool,
    seconds: float,
    start: SitingResult | None,
) -> tuple[np.ndarray, float, bool]:
    """Solve with columns in 0–1, the first ``integers`` of them whole; return bound and proof.

    The whole columns are candidates; those of ``start`` are tried first.
    """
    if not 0 < seconds <= 3600:  # noqa: PLR2004 — an hour
        raise ParameterError(
            Text("El tiempo del solver está fuera de rango", "The solver's time is out of range"),
            where=Where(column="seconds", value=seconds),
            remedy=Text("Dé de 0 a 3600 segundos", "Give 0 to 3600 seconds"),
        )
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), len(upper)
    model.col_cost_ = cost
    model.col_lower_, model.col_upper_ = np.zeros(len(cost)), np.ones(len(cost))
    model.row_lower_, model.row_upper_ = np.full(len(upper), -highspy.kHighsInf), upper
    model.sense_ = highspy.ObjSense.kMaximize if maximise else highspy.ObjSense.kMinimize
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    kinds = [highspy.HighsVarType.kInteger] * integers
    kinds += [highspy.HighsVarType.kContinuous] * (len(cost) - integers)
    model.integrality_ = kinds
    # Its Python wrapper writes a banner before one can set an option.
    solver = _Highs()
    for option in ("output_flag", "log_to_console"):
        solver.setOptionValue(option, False)  # noqa: FBT003 — the solver's own signature
    solver.setOptionValue("time_limit", float(seconds))
    solver.setOptionValue("mip_rel_gap", _TOLERANCE)
    solver.passModel(model)
    if start is not None:
        # The solver works out the other columns.
        chosen = np.zeros(integers)
        chosen[list(start.sites)] = 1.0
        solver.setSolution(integers, np.arange(integers, dtype=np.int32), chosen)
    solver.run()
    values = np.array(solver.getSolution().col_value)
    if len(values) != len(cost):
        values = np.zeros(len(cost))
    optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return values, float(solver.getInfo().mip_dual_bound), optimal
