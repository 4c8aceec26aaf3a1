"""Where a scenario is run: people, places and women by municipality, and the matrix."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from data.costs import SimulatedService, simulated_services
from data.errors import ParameterError, Where
from data.texts import Text
from geo.simulator.leontief import LeontiefModel
from geo.simulator.responses import Responses, make_responses

Floats = npt.NDArray[np.float64]

BOUNDS = ("low", "central", "high")
NO_MATRIX = Text(
    "No hay matriz de insumo-producto entre las fuentes: se calculan lugares, costos y empleo "
    "directo, no efectos, impuestos ni brecha fiscal",
    "There is no input-output matrix among the sources: places, costs and direct jobs are computed,"
    " not effects, taxes or the fiscal gap",
)


@dataclass(frozen=True)
class Setting:
    """Where a scenario is run: m municipalities and, if there is one, an input-output model.

    Parameters
    ----------
    people
        Demand variable → year → persons: shape (m,), or one number where m is 1.
    places
        Service → today's places, ``{"low": …, "central": …, "high": …}``, each of shape (m,) or
        one number; NaN where unknown. A service that is not there has no known places.
    model
        The input-output model; None where there is no matrix.
    region
        Region of the model where the plan is carried out.
    women_12_plus
        Women aged 12 and over: shape (m,), or one number; None if not known.
    municipalities
        Code → name, in the order of the m rows.
    no_model
        Why there is no matrix, or why it is not used.
    """

    people: Mapping[str, Mapping[int, float | Floats]]
    places: Mapping[str, Mapping[str, float | Floats]]
    model: LeontiefModel | None = None
    region: str = ""
    women_12_plus: float | Floats | None = None
    municipalities: Mapping[str, str] = field(default_factory=dict)
    no_model: Text = NO_MATRIX

    @cached_property
    def responses(self) -> Responses | None:
        """What each kind of spending sets off; None without a matrix."""
        if self.model is None:
            return None
        industries = (service.industry for service in simulated_services().values())
        return make_responses(self.model, self.region, industries)

    @property
    def years(self) -> tuple[int, ...]:
        """Years for which people of every group are known."""
        held = [set(by_year) for by_year in self.people.values()]
        return tuple(sorted(set.intersection(*held))) if held else ()

    def people_of(self, service: SimulatedService, years: Collection[int]) -> Floats:
        """Return shape (m, years): people of a service's group.

        Raises
        ------
        ParameterError
            If they are not known for one of the years.
        """
        by_year = self.people.get(service.demand)
        missing = [year for year in years if by_year is None or year not in by_year]
        if by_year is None or missing:
            held = f"{min(by_year)}–{max(by_year)}" if by_year else "–"
            raise ParameterError(
                Text(f"No hay población de {service.title.es} para ese año",
                     f"There are no people of {service.title.en} for that year"),
                where=Where(column="first_year" if by_year else "plans",
                            value=missing[0] if by_year else service.service),
                remedy=Text(f"Hay proyecciones de {held}", f"There are projections of {held}"),
            )  # fmt: skip
        return np.column_stack([np.atleast_1d(by_year[year]) for year in years]).astype(np.float64)

    def places_of(self, service: SimulatedService, bound: str) -> tuple[Floats, bool]:
        """Return shape (m,), today's places, those unknown taken for none; and whether all are.

        Services without centres of their own have no places today, and that is known.
        """
        size = len(np.atleast_1d(next(iter(next(iter(self.people.values())).values()))))
        if service.atlas_service is None:
            return np.zeros(size), True
        held = self.places.get(service.service)
        if held is None:
            return np.zeros(size), False
        places = np.atleast_1d(held[bound]).astype(np.float64)
        return np.nan_to_num(places, nan=0.0), not bool(np.isnan(places).any())

    def within(self, codes: Collection[str]) -> "Setting":
        """Return the setting of some of the municipalities.

        Raises
        ------
        ParameterError
            If there is no such municipality.
        """
        known = list(self.municipalities)
        unknown = [code for code in codes if code not in self.municipalities]
        if unknown:
            raise ParameterError(
                Text(f"El municipio {unknown[0]} no está en el atlas",
                     f"Municipality {unknown[0]} is not in the atlas"),
                where=Where(column="municipalities", value=unknown[0]),
                remedy=Text(f"Están, por ejemplo: {', '.join(known[:5])}",
                            f"There are, say: {', '.join(known[:5])}"),
            )  # fmt: skip
        rows = np.array(sorted(known.index(code) for code in dict.fromkeys(codes)))

        def some(values: float | Floats) -> Floats:
            return np.atleast_1d(values)[rows]

        women = self.women_12_plus
        made = replace(
            self,
            people={
                variable: {year: some(count) for year, count in by_year.items()}
                for variable, by_year in self.people.items()
            },
            places={
                service: {bound: some(count) for bound, count in bounds.items()}
                for service, bounds in self.places.items()
            },
            women_12_plus=None if women is None else some(women),
            municipalities={known[row]: self.municipalities[known[row]] for row in rows},
        )
        # The matrix is the same: what it sets off is worked out once.
        made.__dict__["responses"] = self.responses
        return made
