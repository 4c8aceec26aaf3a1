"""Where care is wanted first: need × lack × difficulty × women's load, by the planner's weights.

Each component is turned into ranks among the places, ``r = (rank − ½) / n`` with ties sharing their
mean rank, so that none dominates by its unit; the index is their product, each to the power of its
weight: ``Π r_c^(w_c / Σ w)``, between 0 and 1.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import ParameterError, Where
from data.tables import Column
from data.texts import Text
from geo.demand import SERVICE_DEMAND
from geo.indicators import Indicator

Floats = npt.NDArray[np.float64]
Measure = Callable[[str], Floats]
METHOD = "prioridad"
# Weights are varied from half to twice, all together, to see how far ranks move.
_VARIED = (0.5, 2.0)
_MOST_WEIGHT = 100.0
_WALK_PROFILES = ("ninez_cuidador", "persona_mayor")


@dataclass(frozen=True, slots=True)
class Component:
    """One part of an index, and what it is made of."""

    title: Text
    description: Text


@dataclass(frozen=True, slots=True)
class Preset:
    """Components with their weights, and what the preset is after."""

    title: Text
    weights: Mapping[str, float]
    note: Text


COMPONENTS: Mapping[str, Component] = {
    "necesidad": Component(
        Text("Necesidad", "Need"),
        Text("Personas que pueden requerir cuidados, cada una una vez (demanda potencial)",
             "People who may need care, each counted once (potential demand)")),
    "carencia": Component(
        Text("Carencia", "Lack"),
        Text("Lo que falta para un lugar por cada tres personas, promedio de los servicios por su"
             " demanda; sin lugares conocidos, personas a más de 15 minutos de un centro",
             "What is missing to one place for every three people, mean of services by demand;"
             " where places are unknown, people beyond 15 minutes of a centre")),
    "dificultad": Component(
        Text("Dificultad", "Difficulty"),
        Text("Minutos a pie al centro más cercano, promedio de los servicios por su demanda, y lo"
             " que falta a las calles para caminarse bien, donde se conoce",
             "Walking minutes to the nearest centre, mean of services by demand, and what streets"
             " lack to be walked well, where known")),
    "carga": Component(
        Text("Carga de las mujeres", "Women's load"),
        Text("Personas que pueden requerir cuidados por cada mujer de 12 años y más",
             "People who may need care for each woman of 12 and over")),
    "demanda_relativa": Component(
        Text("Demanda relativa", "Relative demand"),
        Text("Proporciones de 0 a 5 años y de 65 y más, y dependientes (0 a 11, 65 y más) por"
             " persona de otra edad",
             "Shares aged 0–5 and 65 and over, and dependants (0–11, 65 and over) per person of"
             " another age")),
    "cuidadoras": Component(
        Text("Mujeres cuidadoras", "Women who care"),
        Text("Proporción de mujeres de 12 y más fuera de la actividad económica y, donde se"
             " conoce, de hogares con jefatura femenina",
             "Share of women of 12 and over outside the labour force and, where known, of"
             " households headed by women")),
}  # fmt: skip
PRESETS: Mapping[str, Preset] = {
    "general": Preset(
        Text("Necesidad × carencia × dificultad × carga", "Need × lack × difficulty × load"),
        {"necesidad": 1.0, "carencia": 1.0, "dificultad": 1.0, "carga": 1.0},
        Text("Pesos iguales: una elección nuestra, no una norma",
             "Equal weights: a choice of ours, not a rule")),
    "bogota": Preset(
        Text("Criterios de Bogotá, en la parte calculable", "Bogotá's criteria, where computable"),
        {"demanda_relativa": 1.0, "cuidadoras": 1.0},
        Text("De los cuatro criterios publicados por las Manzanas del Cuidado se calculan, con"
             " aproximaciones, la demanda de cuidado (65 y más en vez de 80 y más) y la densidad de"
             " mujeres cuidadoras (mujeres fuera de la actividad económica en vez de dedicadas solo"
             " al hogar; jefatura femenina en vez de hogares monoparentales). Los demás y los pesos"
             " de Bogotá no se calculan aquí: los pesos iguales son nuestros",
             "Of the four criteria published for the Care Blocks two are computed, approximately:"
             " demand for care (65 and over instead of 80 and over) and density of women who care"
             " (women outside the labour force instead of only at home; female headship instead of"
             " single-parent households). The others, and Bogotá's weights, are not computed here:"
             " equal weights are ours")),
}  # fmt: skip


def needed(columns: Collection[str]) -> list[str]:
    """Return the columns that :func:`measure` looks at, of those a table has.

    Parameters
    ----------
    columns
        Names of the table's columns.
    """
    plain = ("target_union", "women_12_plus", "women_active", "population", "female_headed_share",
             "children_0_5", "children_0_11", "older_65_plus")  # fmt: skip
    of_services = (f"{name}_{service}" for service in SERVICE_DEMAND for name in
                   ("nearest_min", "reach", "e2sfca", "within_15min_share"))  # fmt: skip
    walks = (f"walk_score_{profile}" for profile in _WALK_PROFILES)
    wanted = dict.fromkeys([*plain, *SERVICE_DEMAND.values(), *of_services, *walks])
    return [name for name in wanted if name in columns]


def measure(table: pd.DataFrame, *, line: float, limit_min: float) -> pd.DataFrame:
    """Return the components of places as they are, before ranking; NaN where unknown.

    Parameters
    ----------
    table
        Places with demand and access.
    line
        Places per person below which people lack: one for so many.
    limit_min
        Minutes a place counts with that reaches no centre: the longest walk searched.
    """
    services = [name for name in SERVICE_DEMAND if f"nearest_min_{name}" in table]
    people = _column(table, "target_union")
    women = _column(table, "women_12_plus")
    total = _column(table, "population")
    young, old = _column(table, "children_0_11"), _column(table, "older_65_plus")
    rest = total - young - old
    outside = 1.0 - _ratio(_column(table, "women_active"), women)
    made = {
        "necesidad": people,
        "carencia": _by_demand(table, services, lambda name: _lack(table, name, line)),
        "dificultad": _difficulty(table, services, limit_min),
        "carga": _ratio(people, women),
        "demanda_relativa": _mean_rank(
            [_ratio(_column(table, "children_0_5"), total), _ratio(old, total),
             _ratio(young + old, rest)]),
        "cuidadoras": _mean_rank([outside, _column(table, "female_headed_share")]),
    }  # fmt: skip
    return pd.DataFrame(made, index=table.index)


def rank_places(components: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    """Return the index, the rank and its range under other weights.

    Parameters
    ----------
    components
        From :func:`measure`.
    weights
        Weight of each component used; those of zero are left out.

    Returns
    -------
    DataFrame
        On the same index: ``priority_index`` (0–1, higher is wanted sooner), ``priority_rank``
        (1 is first), ``priority_rank_low`` and ``priority_rank_high``, its least and greatest when
        every weight is halved or doubled, in all combinations. NaN where a component is unknown.

    Raises
    ------
    ParameterError
        If a component is not known, or no weight is above zero.
    """
    used = {name: weight for name, weight in checked(weights).items() if weight > 0}
    known = components[list(used)].notna().all(axis=1).to_numpy()
    logs = np.log(np.column_stack([_ranks(components[name], known) for name in used]))
    base = np.array(list(used.values()))
    index = _index(logs, base)
    rank = _places(index)
    ranges = np.array(
        [_places(_index(logs, base * np.array(factors)))
         for factors in product(_VARIED, repeat=len(base))]
    ) if len(base) > 1 else rank[None, :]  # fmt: skip
    frame = {
        "priority_index": index,
        "priority_rank": rank,
        "priority_rank_low": np.minimum(rank, ranges.min(axis=0)),
        "priority_rank_high": np.maximum(rank, ranges.max(axis=0)),
    }
    return pd.DataFrame(
        {name: _spread(values, known) for name, values in frame.items()}, index=components.index
    )


def checked(weights: Mapping[str, float]) -> Mapping[str, float]:
    """Return weights if they are of known components and one is above zero."""
    listed = ", ".join(COMPONENTS)
    for name, weight in weights.items():
        if name not in COMPONENTS or not 0 <= weight <= _MOST_WEIGHT:
            raise ParameterError(
                Text(f"El peso de «{name[:40]}» no es válido",
                     f"The weight of “{name[:40]}” is not valid"),
                where=Where(column="pesos"),
                remedy=Text(f"Dé de 0 a {_MOST_WEIGHT:g} a: {listed}",
                            f"Give 0 to {_MOST_WEIGHT:g} to: {listed}"),
            )  # fmt: skip
    if not sum(weights.values()) > 0:
        raise ParameterError(
            Text("Ningún peso es mayor que cero", "No weight is above zero"),
            where=Where(column="pesos"),
            remedy=Text("Dé al menos un peso, como necesidad:1,carencia:2",
                        "Give a weight at least, as necesidad:1,carencia:2"),
        )  # fmt: skip
    return weights


def priority_indicators(sources: Sequence[str]) -> Iterator[Indicator]:
    """Yield what the published columns of the general preset say."""
    columns = (
        ("priority_index", "índice de 0 a 1", 1.0, Text("Prioridad", "Priority"),
         Text("Necesidad × carencia × dificultad × carga de las mujeres, con pesos iguales: 1 es lo"
              " más urgente",
              "Need × lack × difficulty × women's load, equal weights: 1 is the most urgent")),
        ("priority_rank", "lugar", None, Text("Lugar en la prioridad", "Rank by priority"),
         Text("Lugar entre las AGEB del atlas; 1 es la primera",
              "Rank among the atlas's AGEB; 1 is the first")),
        ("priority_rank_low", "lugar", None,
         Text("Mejor lugar con otros pesos", "Least rank under other weights"),
         Text("El menor lugar si cada peso es la mitad o el doble",
              "The least rank if each weight is halved or doubled")),
        ("priority_rank_high", "lugar", None,
         Text("Peor lugar con otros pesos", "Greatest rank under other weights"),
         Text("El mayor lugar si cada peso es la mitad o el doble",
              "The greatest rank if each weight is halved or doubled")),
    )  # fmt: skip
    for name, unit, most, title, description in columns:
        yield Indicator(
            column=Column(name=name, dtype="float64", unit=unit, minimum=0.0, maximum=most,
                          description=description),
            title=title, kind="index" if name == "priority_index" else "count",
            sources=tuple(sources), method=METHOD, higher_is="neutral",
            mapped=name == "priority_index",
        )  # fmt: skip


def _column(table: pd.DataFrame, name: str) -> Floats:
    if name not in table:
        return np.full(len(table), np.nan)
    values: Floats = table[name].to_numpy("float64")
    return values


def _ratio(parts: Floats, wholes: Floats) -> Floats:
    return np.divide(parts, wholes, out=np.full(len(parts), np.nan), where=wholes > 0)


def _lack(table: pd.DataFrame, service: str, line: float) -> Floats:
    """Return the shortfall below the line, or where places are unknown who is beyond a walk."""
    places = _column(table, f"e2sfca_{service}")
    far = 1.0 - _column(table, f"within_15min_share_{service}")
    return np.where(np.isnan(places), far, np.clip(1.0 - places / line, 0.0, 1.0))


def _difficulty(table: pd.DataFrame, services: list[str], limit_min: float) -> Floats:
    def minutes(name: str) -> Floats:
        walk = _column(table, f"nearest_min_{name}")
        beyond = (table[f"reach_{name}"] == "fuera_de_alcance").to_numpy()
        return np.where(beyond & np.isnan(walk), limit_min, walk)

    scores = [_column(table, f"walk_score_{profile}") for profile in _WALK_PROFILES]
    return _mean_rank([_by_demand(table, services, minutes), *(1.0 - score for score in scores)])


def _by_demand(table: pd.DataFrame, services: list[str], value: Measure) -> Floats:
    """Return the mean of a measure over services, by their demand, where both are known."""
    amount, weight = np.zeros(len(table)), np.zeros(len(table))
    for name in services:
        people, found = _column(table, SERVICE_DEMAND[name]), value(name)
        used = ~np.isnan(people) & ~np.isnan(found)
        amount += np.where(used, people * found, 0.0)
        weight += np.where(used, people, 0.0)
    return _ratio(amount, weight)


def _mean_rank(parts: list[Floats]) -> Floats:
    """Return the mean of the ranks of those parts that are known anywhere."""
    ranked = [
        pd.Series(part).rank(pct=True).to_numpy() for part in parts if not np.isnan(part).all()
    ]
    if not ranked:
        return np.full(len(parts[0]), np.nan)
    mean: Floats = np.mean(ranked, axis=0)
    return mean


def _ranks(values: pd.Series, known: npt.NDArray[np.bool_]) -> Floats:
    inside = values[known]
    return ((inside.rank() - 0.5) / max(1, len(inside))).to_numpy("float64")


def _index(logs: Floats, weights: Floats) -> Floats:
    index: Floats = np.exp(logs @ (weights / weights.sum()))
    return index


def _places(index: Floats) -> Floats:
    # Equal up to rounding is equal: sums in another order must not break a tie.
    return pd.Series(-np.round(index, 12)).rank(method="min").to_numpy("float64")


def _spread(values: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    spread = np.full(len(known), np.nan)
    spread[known] = values
    return spread
