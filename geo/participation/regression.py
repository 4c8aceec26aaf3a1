"""What goes with participation once other things are alike: five models, by spreg.

Weighted least squares (each place by its women), ordinary least squares, SLX (the variables of the
neighbours as well), spatial lag and spatial error. Which of ordinary, lag and error to read is
decided as Anselin (2005, ch. 23) lays down, by the Lagrange multiplier tests of the ordinary
model's residuals and their forms robust to each other (Anselin, Bera, Florax and Yoon, 1996). Lag
and error are estimated by maximum likelihood, and by generalised moments above a size.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from scipy.sparse import SparseEfficiencyWarning

from data.errors import InputError, Where
from data.texts import Text
from geo.participation.clusters import moran_of
from geo.participation.correlation import require_places, require_variation

Floats = npt.NDArray[np.float64]
Model = Literal["mcp", "mco", "slx", "rezago", "error"]
CONSTANT = "CONSTANT"
_SIGNIFICANT = 0.05
_CONFIDENCE = 0.95
_TESTS = {
    "lm_rezago": "lm_lag", "lm_error": "lm_error", "lm_rezago_robusta": "rlm_lag",
    "lm_error_robusta": "rlm_error",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fitted:
    """One model.

    Parameters
    ----------
    model, estimator
        Which, and the spreg function that estimated it.
    coefficients
        ``term estimate standard_error p_value low high total_effect``.
    r2, aic
        (Pseudo) R² and Akaike's criterion, NaN where there is none.
    moran, moran_p
        Moran's I of what it leaves unexplained, and its two-sided p value.
    """

    model: Model
    estimator: str
    coefficients: pd.DataFrame
    r2: float
    aic: float
    moran: float
    moran_p: float


@dataclass(frozen=True, slots=True)
class Regression:
    """Every model of one outcome, the tests between them and the one they advise.

    Parameters
    ----------
    formula
        Outcome and variables.
    places
        Places used.
    models
        In the order ``mcp mco slx rezago error``.
    tests
        ``test statistic p_value``.
    chosen
        The model to read.
    """

    formula: str
    places: int
    models: tuple[Fitted, ...]
    tests: pd.DataFrame
    chosen: Model


def fit_models(
    outcome: pd.Series,
    variables: pd.DataFrame,
    women: Floats,
    weights: Any,
    *,
    most_likelihood: int,
    permutations: int,
    seed: int,
) -> Regression:
    """Fit every model.

    Parameters
    ----------
    outcome
        Known at every place; named.
    variables
        Known at every place.
    women
        Shape (n,), above zero: weight of each place in weighted least squares.
    weights
        Row-standardised ``libpysal.weights.W`` of the same places.
    most_likelihood
        Places up to which lag and error are estimated by maximum likelihood.
    permutations, seed
        Of Moran's I of residuals.

    Raises
    ------
    InputError
        If there are fewer than 30 places, a column is constant or unknown everywhere, or one of
        the variables follows from the others.
    """
    require_places(len(outcome))
    columns = {str(name): variables[name].to_numpy("float64") for name in variables}
    require_variation(**{str(outcome.name): outcome.to_numpy("float64")}, **columns)
    _require_independence(variables)
    y = outcome.to_numpy("float64")[:, None]
    x = variables.to_numpy("float64")
    names = list(columns)
    checked = _Checked(weights, permutations, seed)
    plain = _ordinary(y, x, names, weights)
    likely = len(y) <= most_likelihood
    models = (
        _weighted(y, x, names, women, checked),
        checked.fitted("mco", "OLS", plain, plain.u, [CONSTANT, *names]),
        _lagged_variables(y, x, names, checked),
        _lag(y, x, names, checked, likely=likely),
        _error(y, x, names, checked, likely=likely),
    )
    tests = _tests(plain)
    return Regression(
        formula=f"{outcome.name} ~ {' + '.join(names)}",
        places=len(y),
        models=models,
        tests=tests,
        chosen=choose(tests.set_index("test")["p_value"]),
    )


def choose(p_values: pd.Series) -> Model:
    """Return the model that the tests of the ordinary one advise (Anselin, 2005).

    If neither simple test finds spatial dependence, the ordinary one; if one does, that; if both
    do, that of the robust test with the smaller p value.

    Parameters
    ----------
    p_values
        By ``lm_rezago lm_error lm_rezago_robusta lm_error_robusta``.
    """
    lag, error = (p_values[name] < _SIGNIFICANT for name in ("lm_rezago", "lm_error"))
    if not lag and not error:
        return "mco"
    if lag != error:
        return "rezago" if lag else "error"
    return "rezago" if p_values["lm_rezago_robusta"] < p_values["lm_error_robusta"] else "error"


class _Checked:
    """What every model is checked by: Moran's I of its residuals."""

    def __init__(self, weights: Any, permutations: int, seed: int) -> None:
        self.weights = weights
        self._permutations, self._seed = permutations, seed

    def fitted(
        self, model: Model, estimator: str, found: Any, residuals: Floats, terms: list[str]
    ) -> Fitted:
        """Return a model of spreg as we publish it."""
        estimate = np.asarray(found.betas, dtype="float64").ravel()
        error = np.asarray(found.std_err, dtype="float64").ravel()
        moran = moran_of(
            np.asarray(residuals).ravel(), self.weights, permutations=self._permutations,
            seed=self._seed,
        )  # fmt: skip
        half = stats.norm.ppf(0.5 + _CONFIDENCE / 2) * error
        table = pd.DataFrame(
            {
                "term": terms,
                "estimate": estimate,
                "standard_error": error,
                "p_value": 2.0 * stats.norm.sf(np.abs(estimate / error)),
                "low": estimate - half,
                "high": estimate + half,
            }
        )
        table["total_effect"] = _total_effect(model, table)
        r2 = found.r2 if hasattr(found, "r2") else getattr(found, "pr2", np.nan)
        return Fitted(
            model, estimator, table, float(r2), float(getattr(found, "aic", np.nan)),
            moran.estimate, moran.p_value,
        )  # fmt: skip


def _total_effect(model: Model, table: pd.DataFrame) -> pd.Series:
    """Return what goes with one unit more everywhere, neighbours included."""
    by_term = table.set_index("term")["estimate"]
    spatial = table["term"].isin(["rho", "lambda"])
    own = table["estimate"].where(~spatial & (table["term"] != CONSTANT))
    if model == "rezago":
        return own / (1.0 - by_term["rho"])
    if model == "slx":
        around = table["term"].map(lambda term: by_term.get(f"W_{term}", np.nan))
        return own + around
    return own


def _require_independence(variables: pd.DataFrame) -> None:
    """Refuse variables of which one is a sum of multiples of others."""
    standard = (variables - variables.mean()) / variables.std()
    if np.linalg.matrix_rank(standard.to_numpy("float64"), tol=1e-8 * len(variables)) < len(
        variables.columns
    ):
        raise InputError(
            Text("Una de las variables se sigue de las demás",
                 "One of the variables follows from the others"),
            where=Where(column=", ".join(map(str, variables.columns))),
            remedy=Text("Quite alguna", "Leave one out"),
        )  # fmt: skip


def _ordinary(y: Floats, x: Floats, names: list[str], weights: Any) -> Any:
    from spreg import OLS

    with _quiet():
        return OLS(y, x, w=weights, robust="white", spat_diag=True, name_x=names)


def _weighted(y: Floats, x: Floats, names: list[str], women: Floats, checked: _Checked) -> Fitted:
    """Fit by least squares with each row multiplied by the root of its weight."""
    from spreg.ols import BaseOLS

    root = np.sqrt(women / women.mean())[:, None]
    design = np.column_stack([np.ones(len(y)), x])
    found = BaseOLS(y * root, design * root, robust="white")
    found.std_err = np.sqrt(np.diag(found.vm))
    residuals = y - design @ found.betas
    total = (root**2 * (y - np.average(y, weights=(root**2))) ** 2).sum()
    found.r2 = 1.0 - float((found.u**2).sum() / total)
    return checked.fitted("mcp", "BaseOLS", found, residuals, [CONSTANT, *names])


def _lagged_variables(y: Floats, x: Floats, names: list[str], checked: _Checked) -> Fitted:
    from spreg import OLS

    with _quiet():
        found = OLS(y, x, w=checked.weights, slx_lags=1, robust="white", name_x=names)
    terms = [CONSTANT, *names, *(f"W_{name}" for name in names)]
    return checked.fitted("slx", "OLS", found, found.u, terms)


def _lag(y: Floats, x: Floats, names: list[str], checked: _Checked, *, likely: bool) -> Fitted:
    from spreg import GM_Lag, ML_Lag

    with _quiet():
        if likely:
            found = ML_Lag(y, x, checked.weights, method="LU", spat_diag=False, name_x=names)
        else:
            found = GM_Lag(y, x, w=checked.weights, robust="white", spat_diag=False, name_x=names)
    terms = [CONSTANT, *names, "rho"]
    return checked.fitted("rezago", type(found).__name__, found, found.u, terms)


def _error(y: Floats, x: Floats, names: list[str], checked: _Checked, *, likely: bool) -> Fitted:
    from spreg import GM_Error_Het, ML_Error

    with _quiet():
        if likely:
            found = ML_Error(y, x, checked.weights, method="LU", name_x=names)
        else:
            found = GM_Error_Het(y, x, checked.weights, name_x=names)
    terms = [CONSTANT, *names, "lambda"]
    return checked.fitted("error", type(found).__name__, found, found.e_filtered, terms)


def _tests(found: Any) -> pd.DataFrame:
    rows = [(name, *getattr(found, attribute)) for name, attribute in _TESTS.items()]
    # A condition number has no p value: above 30 the variables are hard to tell apart.
    rows.append(("numero_condicion", _condition_number(found.x), np.nan))
    return pd.DataFrame(rows, columns=["test", "statistic", "p_value"])


def _condition_number(design: Floats) -> float:
    """Return the condition number of the columns at one length (Belsley, Kuh and Welsch, 1980)."""
    return float(np.linalg.cond(design / np.linalg.norm(design, axis=0)))


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what spreg prints and what its own calls to its libraries warn of, nothing else."""
    with warnings.catch_warnings(), redirect_stdout(StringIO()):
        # A relative tolerance asked of scipy's bounded search, which takes it as absolute.
        warnings.filterwarnings("ignore", "Method 'bounded' does not support", RuntimeWarning)
        # Sparse matrices handed over in the other order.
        warnings.filterwarnings("ignore", ".*CSC", SparseEfficiencyWarning)
        # Its printed summary sorted in place, which a later pandas will not do.
        warnings.filterwarnings("ignore", "The inplace keyword in DataFrame", DeprecationWarning)
        # Eigenvalues of a symmetric problem, which numpy gives as complex numbers from 2.5 on.
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        yield
