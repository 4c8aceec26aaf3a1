"""Which centres offer which service, and how many places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.classification import Codebooks, Service
from data.texts import Text


@dataclass(frozen=True, slots=True)
class ServiceSupply:
    """Which centres offer which service, and how many places.

    Parameters
    ----------
    services
        The services computed, by identifier, in the order of the columns below.
    offers
        Shape (centres, services): whether a centre offers a service.
    low, central, high
        Places, same shape; NaN where a centre does not offer the service or they are unknown.
    sized
        Whether the places of enough centres are known for sums to mean anything, by service, where
        that was decided over more centres than these.
    """

    services: Mapping[str, Service]
    offers: npt.NDArray[np.bool_]
    low: npt.NDArray[np.float64]
    central: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    sized: Mapping[str, bool] = field(default_factory=dict, kw_only=True)


def supply_services(
    centres: pd.DataFrame, codebooks: Codebooks, *, held: Sequence[str], optional: Sequence[str]
) -> tuple[ServiceSupply, dict[str, Text]]:
    """Return who offers what, for the services the directory at hand can tell of.

    Parameters
    ----------
    centres
        ``CENTRES`` rows.
    codebooks
        The services and their classes.
    held
        SCIAN classes the directory file holds; a class outside it is unknown, not absent.
    optional
        Optional classes that count as well.

    Returns
    -------
    supply, missing
        The services with at least one class in the file, and for the others or the incomplete
        ones a sentence that says which classes lack.
    """
    missing: dict[str, Text] = {}
    offered: dict[str, Service] = {}
    for name, service in codebooks.services.items():
        lacking = [scian for scian in service.classes if scian not in held]
        if lacking:
            listed = ", ".join(lacking)
            missing[name] = Text(
                f"El archivo de establecimientos no trae las clases {listed}",
                f"The file of establishments does not hold classes {listed}",
            )
        if len(lacking) < len(service.classes):
            offered[name] = service
    offers = np.column_stack(
        [_offers(centres, service, optional) for service in offered.values()]
        or [np.zeros((len(centres), 0), dtype=bool)]
    )
    places = {
        bound: np.where(offers, centres[f"places_{bound}"].to_numpy()[:, None], np.nan)
        for bound in ("low", "central", "high")
    }
    return ServiceSupply(offered, offers, places["low"], places["central"], places["high"]), missing


def _offers(
    centres: pd.DataFrame, service: Service, optional: Sequence[str]
) -> npt.NDArray[np.bool_]:
    classes = [*service.classes, *(c for c in service.optional_classes if c in optional)]
    offering: npt.NDArray[np.bool_] = centres["scian"].isin(classes).to_numpy(dtype=bool)
    return offering
