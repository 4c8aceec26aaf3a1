"""Places per person by entitlement: each person counts the schemes that admit them."""

import numpy as np
import numpy.typing as npt
import pandas as pd


def entitled_column(service: str, scheme: str) -> str:
    """Return the name of the column of people a scheme of a service admits."""
    return f"entitled_{service}_{scheme}"


def entitled_mean(
    cells: pd.DataFrame, service: str, schemes: list[str], people: npt.NDArray[np.float64]
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
    total = np.zeros(len(cells))
    for scheme in schemes:
        entitled = cells[entitled_column(service, scheme)].to_numpy("float64")
        total += entitled * cells[f"e2sfca_{service}_{scheme}"].to_numpy("float64")
    mean: npt.NDArray[np.float64] = np.divide(
        total, people, out=np.full(len(cells), np.nan), where=people > 0
    )
    return mean


def mean_by_place(values: pd.Series, people: pd.Series, codes: pd.Series) -> pd.Series:
    """Return the mean over people of what their cells have, by place; unknown values weigh nothing.

    Parameters
    ----------
    values, people, codes
        A value, people, and the code of the place, of each cell.
    """
    known = values.notna() & (people > 0)
    amount = (values * people)[known].groupby(codes[known]).sum()
    mean: pd.Series = amount / people[known].groupby(codes[known]).sum()
    return mean
