"""The proof: the same problems as sparse integer programmes, solved by HiGHS."""

import highspy
import numpy as np
import scipy.sparse as sp

from data.errors import ParameterError, Where
from data.texts import Text
from geo.siting.problem import SitingProblem, SitingResult, check_number, check_problem

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
    weight, serves = _merged_cells(problem)
    rows, m = serves.shape
    # Columns: y (candidates), then z (groups of cells). Rows: z − Σ y ≤ 0, then Σ y ≤ p.
    matrix = sp.vstack(
        [
            sp.hstack([-serves, sp.identity(rows)]),
            sp.csr_array(np.r_[np.ones(m), np.zeros(rows)][None, :]),
        ],
        format="csc",
    )
    upper = np.r_[np.zeros(rows), float(sites)]
    cost = np.r_[np.zeros(m), weight]
    solution, bound, optimal = _solve(
        matrix, upper, cost, integers=m, maximise=True, seconds=seconds,
        start=_known(start, serves, m),
    )  # fmt: skip
    chosen = [int(at) for at in np.flatnonzero(solution[:m] > _CHOSEN)]
    left = problem.unserved.copy()
    order, gains = [], []
    while chosen:
        best = max(chosen, key=lambda site: (left[problem.cells_of(site)].sum(), -site))
        gains.append(float(left[problem.cells_of(best)].sum()))
        order.append(best)
        left[problem.cells_of(best)] = 0.0
        chosen.remove(best)
    objective = sum(gains)
    bound = min(bound, start.bound) if start is not None else bound
    return SitingResult(
        tuple(order), objective, max(bound, objective), tuple(gains), "exacto",
        proved=optimal and bound - objective <= _TOLERANCE * max(1.0, objective),
    )  # fmt: skip


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


def _known(start: SitingResult | None, serves: sp.csr_array, m: int) -> np.ndarray | None:
    if start is None:
        return None
    chosen = np.zeros(m)
    chosen[list(start.sites)] = 1.0
    return np.r_[chosen, np.minimum(1.0, serves @ chosen)]


def _solve(
    matrix: sp.csc_array,
    upper: np.ndarray,
    cost: np.ndarray,
    *,
    integers: int,
    maximise: bool,
    seconds: float,
    start: np.ndarray | None,
) -> tuple[np.ndarray, float, bool]:
    """Solve with columns in 0–1, the first ``integers`` of them whole; return bound and proof."""
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
    solver = highspy.Highs()
    for option in ("output_flag", "log_to_console"):
        solver.setOptionValue(option, False)  # noqa: FBT003 — the solver's own signature
    solver.setOptionValue("time_limit", float(seconds))
    solver.setOptionValue("mip_rel_gap", _TOLERANCE)
    solver.passModel(model)
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = list(start)
        solver.setSolution(known)
    solver.run()
    values = np.array(solver.getSolution().col_value)
    if len(values) != len(cost):
        values = np.zeros(len(cost))
    optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return values, float(solver.getInfo().mip_dual_bound), optimal
