"""Places per person by entitlement: each person counts the schemes that admit them."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.gaps import Columns, Floats


def entitled_column(service: str, scheme: str) -> str:
    """Return the name of the column of people a scheme of a service admits."""
    return f"entitled_{service}_{scheme}"


def entitled_mean(
    cells: pd.DataFrame | Columns, service: str, schemes: list[str], people: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return places per person of each cell, each person counting the schemes that admit them.

    ``A_i = Σ_k E_ik A_ik / P_i`` with E the people entitled to scheme k, and A_ik the places of k
    per person entitled to it.

    Parameters
    ----------
    cells
        ``entitled_<service>_<scheme>`` and ``e2sfca_<service>_<scheme>`` of each scheme.
    service, schemes
        The service and its schemes.
    people
        Shape (n,), people of the service's ages or condition.
    """
    total = np.zeros(len(people))
    for scheme in schemes:
        entitled = np.asarray(cells[entitled_column(service, scheme)], dtype="float64")
        total += entitled * np.asarray(cells[f"e2sfca_{service}_{scheme}"], dtype="float64")
    mean: npt.NDArray[np.float64] = np.divide(
        total, people, out=np.full(len(people), np.nan), where=people > 0
    )
    return mean


def mean_by_place(values: pd.Series, people: pd.Series, codes: pd.Series) -> pd.Series:
    """Return the mean over people of what their cells have, by place; unknown values weigh nothing.

    Parameters
    ----------
    values, people, codes
        A value, people, and the code of the place, of each cell.
    """
    positions, found = pd.factorize(codes)
    means = mean_by_position(
        values.to_numpy("float64"), people.to_numpy("float64"), positions, len(found)
    )
    return pd.Series(means, index=pd.Index(found)).dropna()


def mean_by_position(
    values: Floats, people: Floats, positions: npt.NDArray[np.intp], count: int
) -> Floats:
    """Return the means of :func:`mean_by_place` of ``count`` numbered places, NaN where unknown.

    ``positions`` says which place each cell lies in; those of −1 lie in none.
    """
    known = ~np.isnan(values) & (people > 0) & (positions >= 0)
    at, weight = positions[known], people[known]
    amount = np.bincount(at, values[known] * weight, minlength=count)
    total = np.bincount(at, weight, minlength=count)
    mean: Floats = np.divide(amount, total, out=np.full(count, np.nan), where=total > 0)
    return mean
