"""What is measured of one level: correlations, clusters, models and types of its places."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from data.errors import CareError, InputError
from data.tables import Level
from data.texts import Text
from geo.method import Participation
from geo.participation.clusters import NO_DATA, global_statistics, local_clusters
from geo.participation.correlation import LEAST_PLACES, PairedPlaces, require_variation
from geo.participation.neighbours import Neighbours, find_neighbours
from geo.participation.rates import COVARIATES
from geo.participation.registry import title_of
from geo.participation.regression import fit_models
from geo.participation.tables import (
    COEFFICIENTS,
    CORRELATIONS,
    GLOBAL,
    LINKS,
    MODELS,
    TESTS,
    TYPES,
)
from geo.participation.typology import Typology, find_types

# The rate of work and the supply of each level, in order of preference.
OUTCOMES = ("participation_women", "working_women_per_100")
_PLACES, _AROUND = "places_per_100_children", "places_around_per_100_children"
_ACCESS = "e2sfca_guarderia"
# What the outcome is set against besides covariates.
_CARE = (
    _PLACES, _AROUND, _ACCESS, "nearest_min_guarderia", "within_15min_share_guarderia",
    "centres_per_1000_infancia", "centres_per_1000_mayores", "centres_per_1000_discapacidad",
    "e2sfca_mayores", "e2sfca_discapacidad",
)  # fmt: skip
_TYPE_COVARIATES = ("children_0_5_per_100_women", "older_share", "female_headed_share")
WORDS: Mapping[str, Text] = {
    "participation_women": Text("participación de las mujeres", "participation of women"),
    "working_women_per_100": Text("mujeres ocupadas", "women at work"),
    _PLACES: Text("lugares de guardería por niña o niño", "nursery places per child"),
    _AROUND: Text("lugares de guardería alrededor", "nursery places around"),
    _ACCESS: Text("lugares de guardería al alcance", "nursery places in reach"),
    "children_0_5_per_100_women": Text("niñas y niños pequeños", "young children"),
    "older_share": Text("personas mayores", "older people"),
    "female_headed_share": Text("hogares con jefa", "female-headed households"),
}


@dataclass(slots=True)
class LevelAnalysis:
    """What was measured of a level.

    Parameters
    ----------
    columns
        By ``cvegeo``: ``participation_cluster``, ``participation_cluster_p``, ``care_type``.
    tables
        Rows of each asset table.
    type_names
        Name of each type of place.
    reasons
        What was not measured, and why.
    """

    columns: pd.DataFrame
    tables: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    type_names: Mapping[str, Text] = field(default_factory=dict)
    reasons: list[tuple[str, Text]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Outcome and supply of a level, the places that have both, and who neighbours whom."""

    outcome: str
    supply: str
    places: gpd.GeoDataFrame
    neighbours: Neighbours


def supplies_of(level: Level) -> tuple[str, str]:
    """Return the columns of supply of a level in order of preference.

    Families of an AGEB use the centres around it, so there it is the places in reach on foot or,
    without streets, those of the AGEB and its neighbours; municipalities and states are wide
    enough to hold their own.
    """
    return (_ACCESS, _AROUND) if level is Level.AGEB else (_PLACES, _ACCESS)


def analyse_level(
    level: Level, table: gpd.GeoDataFrame, women: pd.Series, method: Participation
) -> LevelAnalysis:
    """Measure one level.

    Parameters
    ----------
    level
        Level of the places.
    table
        By ``cvegeo``: rates, covariates, supply and access at hand, and the outline.
    women
        Women of each place, by ``cvegeo``: its weight.
    method
        Parameters.
    """
    found = LevelAnalysis(pd.DataFrame(index=table.index))
    try:
        pair = _pair(level, table, women, method)
    except CareError as error:
        found.reasons.append((f"participacion_{level.value}", _because(error)))
        return found
    found.tables[CORRELATIONS] = list(_correlations(table, women, pair, level))
    _clusters(found, pair, level, method)
    _models(found, table, pair, women, level, method)
    _types(found, table, pair, level, method)
    return found


def _because(error: CareError) -> Text:
    value = "" if error.where.value is None else f" ({error.where.value})"
    columns = [] if error.where.column is None else error.where.column.split(", ")
    es, en = (f" ({said})" if columns else "" for said in _listed(columns, ", ", ", "))
    return Text(
        f"{error.problem.es}{es}{value}. {error.remedy.es}",
        f"{error.problem.en}{en}{value}. {error.remedy.en}",
    )


def _listed(columns: Iterable[str], es: str, en: str) -> tuple[str, str]:
    """Return titles of columns as people read them, Spanish and English, joined by these."""
    named = [_name(column) for column in columns]
    return es.join(f"«{name.es}»" for name in named), en.join(f"“{name.en}”" for name in named)


def _name(column: str) -> Text:
    bare = column.removeprefix("100*")
    return title_of(bare) or WORDS.get(bare) or Text(bare, bare)


def _usable(table: pd.DataFrame, name: str) -> bool:
    """Say whether a column is known in enough places, and differs among them."""
    if name not in table:
        return False
    values = table[name].to_numpy("float64")
    known = values[~np.isnan(values)]
    return len(known) >= LEAST_PLACES and float(np.ptp(known)) > 0.0


def _pair(level: Level, table: gpd.GeoDataFrame, women: pd.Series, method: Participation) -> _Pair:
    """Choose outcome and supply, and the places that have both, an outline and women."""
    outcome = next((name for name in OUTCOMES if _usable(table, name)), None)
    supply = next((name for name in supplies_of(level) if _usable(table, name)), None)
    if outcome is None or supply is None:
        es, en = _listed(OUTCOMES if outcome is None else supplies_of(level), " ni de ", " or ")
        raise InputError(
            Text(f"No hay {LEAST_PLACES} lugares con datos que difieran de {es}",
                 f"There are not {LEAST_PLACES} places with differing values of {en}"),
            remedy=Text("Dé fuentes que los traigan, de más lugares",
                        "Give sources that hold them, of more places"),
        )  # fmt: skip
    known = table[[outcome, supply]].notna().all(axis=1) & (women.reindex(table.index) > 0)
    places = table[known & table.geometry.notna()]
    if len(places) < LEAST_PLACES:
        raise InputError(
            Text("Son muy pocos lugares con contorno y datos",
                 "Too few places have an outline and figures"),
            remedy=Text(f"Se necesitan al menos {LEAST_PLACES}",
                        f"At least {LEAST_PLACES} are needed"),
        )  # fmt: skip
    for name in (outcome, supply):
        require_variation(**{name: places[name].to_numpy("float64")})
    return _Pair(
        outcome,
        supply,
        places,
        find_neighbours(places.geometry, tolerance_m=touch_m(level, method)),
    )


def touch_m(level: Level, method: Participation) -> float:
    """Return how near outlines of a level are neighbours, in metres."""
    return method.ageb_touch_m if level is Level.AGEB else method.place_touch_m


def _correlations(
    table: gpd.GeoDataFrame, women: pd.Series, pair: _Pair, level: Level
) -> Iterator[dict[str, object]]:
    own = women.reindex(pair.places.index).to_numpy("float64")
    paired: dict[tuple[bytes, str], PairedPlaces] = {}
    x = pair.places[pair.outcome].to_numpy("float64")
    for name in dict.fromkeys((pair.supply, *_CARE, *COVARIATES)):
        if name not in table or not _usable(pair.places, name):
            continue
        y = pair.places[name].to_numpy("float64")
        known = ~np.isnan(y)
        if np.ptp(x[known]) == 0.0:
            continue
        for weighting, weights in (("mujeres", own[known]), ("ninguna", None)):
            key = (known.tobytes(), weighting)
            if key not in paired:
                paired[key] = PairedPlaces(pair.neighbours.points[known], weights)
            for coefficient in ("pearson", "spearman"):
                result = paired[key].correlate(x[known], y[known], coefficient)
                yield {
                    "level": level.value, "outcome": pair.outcome, "variable": name,
                    "method": coefficient, "weighting": weighting,
                    "places": float(result.places), "effective_places": result.effective_places,
                    "estimate": result.estimate, "low": result.low, "high": result.high,
                    "p_value": result.p_value,
                }  # fmt: skip


def _clusters(found: LevelAnalysis, pair: _Pair, level: Level, method: Participation) -> None:
    x, y = (pair.places[name].to_numpy("float64") for name in (pair.outcome, pair.supply))
    weights, links = pair.neighbours.weights, pair.neighbours.links
    whole = global_statistics(x, y, weights, permutations=method.permutations, seed=method.seed)
    local = local_clusters(
        x, y, weights, permutations=method.permutations, seed=method.seed,
        false_discovery=method.false_discovery,
    )  # fmt: skip
    index = pair.places.index
    cluster = pd.Series(local.cluster, index=index).reindex(found.columns.index).fillna(NO_DATA)
    found.columns["participation_cluster"] = cluster.astype("str")
    found.columns["participation_cluster_p"] = pd.Series(local.p_value, index=index)
    common: dict[str, object] = {
        "level": level.value, "outcome": pair.outcome, "variable": pair.supply,
        "places": float(len(x)), "neighbours_mean": pair.neighbours.mean,
        "islands": float(pair.neighbours.islands), "links": float(len(links)),
        "permutations": float(method.permutations),
    }  # fmt: skip
    found.tables[GLOBAL] = [
        common | {"statistic": name, "estimate": result.estimate, "p_value": result.p_value}
        for name, result in whole.items()
    ]
    found.tables[LINKS] = [
        {"level": level.value, **{str(key): value for key, value in row.items()}}
        for row in links.to_dict("records")
    ]


def _models(
    found: LevelAnalysis,
    table: gpd.GeoDataFrame,
    pair: _Pair,
    women: pd.Series,
    level: Level,
    method: Participation,
) -> None:
    names, places, left_out = _covariates(table, pair, method)
    if left_out:
        es, en = _listed(left_out, ", ", ", ")
        known = f"{100 * method.covariate_known:.0f} %"
        found.reasons.append((f"covariables_{level.value}", Text(
            f"Fuera de los modelos por conocerse en menos de {known} de los lugares o valer lo"
            f" mismo en todos: {es}",
            f"Left out of the models, known in less than {known} of the places or the same in all:"
            f" {en}",
        )))  # fmt: skip
    scaled = _in_percent(places[[pair.outcome, *names]])
    try:
        neighbours = (
            pair.neighbours
            if len(places) == len(pair.places)
            else find_neighbours(places.geometry, tolerance_m=touch_m(level, method))
        )
        result = fit_models(
            scaled.iloc[:, 0], scaled.iloc[:, 1:],
            women.reindex(places.index).to_numpy("float64"), neighbours.weights,
            most_likelihood=method.likelihood_places, permutations=method.permutations,
            seed=method.seed,
        )  # fmt: skip
    except CareError as error:
        found.reasons.append((f"regresion_{level.value}", _because(error)))
        return
    at = {"level": level.value}
    found.tables[MODELS] = [
        at | {
            "model": fit.model, "estimator": fit.estimator, "formula": result.formula,
            "chosen": "si" if fit.model == result.chosen else "no",
            "places": float(result.places), "r2": fit.r2, "aic": fit.aic,
            "moran_residuals": fit.moran, "moran_residuals_p": fit.moran_p,
        }
        for fit in result.models
    ]  # fmt: skip
    found.tables[COEFFICIENTS] = [
        at | {"model": fit.model, **{str(key): value for key, value in row.items()}}
        for fit in result.models
        for row in fit.coefficients.to_dict("records")
    ]
    found.tables[TESTS] = [
        at | {str(key): value for key, value in row.items()}
        for row in result.tests.to_dict("records")
    ]


def _covariates(
    table: pd.DataFrame, pair: _Pair, method: Participation
) -> tuple[list[str], gpd.GeoDataFrame, list[str]]:
    """Return variables of the models, the places that have them all, and covariates left out."""
    held = [name for name in COVARIATES if name in table]
    names = [name for name in held if pair.places[name].notna().mean() >= method.covariate_known]
    # Children born says what children per woman only stands in for.
    if {"children_ever_born", "children_0_5_per_100_women"} <= set(names):
        held.remove("children_0_5_per_100_women")
        names.remove("children_0_5_per_100_women")
    places = pair.places[pair.places[[pair.supply, *names]].notna().all(axis=1)]
    differing = [name for name in names if len(places) and np.ptp(places[name].to_numpy()) > 0.0]
    return [pair.supply, *differing], places, [name for name in held if name not in differing]


def _in_percent(table: pd.DataFrame) -> pd.DataFrame:
    """Return shares and places per person times 100, their names saying so."""
    scaled = {
        f"100*{name}" if share else str(name): table[name].astype("float64")
        * (100.0 if share else 1.0)
        for name in map(str, table.columns)
        for share in (_is_share(name),)
    }
    return pd.DataFrame(scaled)


def _is_share(name: str) -> bool:
    return name.startswith(("participation_", "e2sfca_")) or name.endswith("_share")


def _types(
    found: LevelAnalysis,
    table: gpd.GeoDataFrame,
    pair: _Pair,
    level: Level,
    method: Participation,
) -> None:
    names = [pair.outcome, pair.supply]
    names += [name for name in _TYPE_COVARIATES if name in table and _usable(pair.places, name)]
    places = pair.places[names].astype("float64")
    whole = places[places.notna().all(axis=1)]
    try:
        types = find_types(pd.DataFrame(whole), WORDS, seed=method.seed)
    except CareError as error:
        found.reasons.append((f"tipos_{level.value}", _because(error)))
        return
    label = pd.Series(types.label, index=whole.index).reindex(found.columns.index)
    found.columns["care_type"] = label.fillna(NO_DATA).astype("str")
    found.type_names = types.names
    found.tables[TYPES] = list(_type_rows(level, types, pd.DataFrame(whole)))


def _type_rows(level: Level, types: Typology, whole: pd.DataFrame) -> Iterator[dict[str, object]]:
    overall = whole.mean()
    for kind, name in sorted(types.names.items()):
        for variable in whole.columns:
            yield {
                "level": level.value, "care_type": kind, "name_es": name.es, "name_en": name.en,
                "typical": str(whole.index[types.typical[kind]]),
                "places": float((types.label == kind).sum()), "variable": variable,
                "mean": float(types.means.loc[kind, variable]),
                "overall": float(overall[variable]), "ari_mean": types.ari_mean,
                "ari_min": types.ari_min, "silhouette": types.silhouette,
            }  # fmt: skip
