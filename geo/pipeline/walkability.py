"""Streets as they are: scores of blocks, costs of streets and walks by profile, in a build."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd

from data.tables import Column, Level
from data.texts import Text
from data.walking import WalkProfile, walk_profiles
from geo.artifacts import AssetRecord
from geo.demand import SERVICE_DEMAND
from geo.indicators import Indicator, paired_indicators, present, topic_indicators
from geo.levels import CODE_COLUMNS
from geo.network import Attachment, Integers
from geo.pipeline.work import Work
from geo.publish import Layer, write_asset_table
from geo.reach import Standing, measure_reach
from geo.walkability import (
    BlockScores,
    EdgeCosts,
    cost_streets,
    place_scores,
    place_walks,
    score_blocks,
    street_statistics,
)
from geo.walkability.streets import SCORED

WALKS = "acceso_por_perfil"
PROFILES = "perfiles"
_SOURCES = (
    "environment", "dem", "denue", "census_areas", "census_localities", "census_municipalities",
    "blocks", "agebs", "streets",
)  # fmt: skip


def walkability(work: Work) -> None:
    """Score streets, cost the network for each profile, walk it, and add what follows."""
    inputs = work.inputs
    if inputs.environment is None:
        work.cannot(
            "caminabilidad",
            Text("No se dio la tabla de Características del Entorno Urbano: nada se sabe de las"
                 " banquetas, rampas o luces de las calles",
                 "The urban-environment table was not given: nothing is known of the streets'"
                 " sidewalks, ramps or lights"),
        )  # fmt: skip
        if inputs.elevation is None:
            return
    names = work.method.walkability.profiles
    if not names:
        work.cannot(
            "caminabilidad",
            Text("El método no pide ningún perfil de caminata ([walkability] profiles)",
                 "The method asks for no way of walking ([walkability] profiles)"),
        )  # fmt: skip
        return
    profiles = {name: walk_profiles()[name] for name in names}
    scores = None
    if inputs.environment is not None:
        scores = score_blocks(inputs.environment, profiles, names)
        _add_scores(work, scores, profiles)
    costs = None if work.network is None else _cost(work, profiles, scores)
    work.assets.extend([] if work.network is None else [_profiles_table(work, profiles)])
    if work.cells is not None:
        _add_walks(work, profiles, costs)


def _cost(
    work: Work, profiles: Mapping[str, WalkProfile], scores: BlockScores | None
) -> Mapping[str, EdgeCosts]:
    """Give the network its costs by profile, and say what they were made without."""
    if work.network is None:
        raise ValueError(profiles)
    inputs = work.inputs
    streets = cost_streets(
        work.network,
        profiles,
        work.method,
        scores=scores,
        outlines=inputs.boundaries.get(Level.BLOCK),
        elevation=inputs.elevation,
    )
    work.network_costs, work.network_shares = streets.table(), streets.shares
    if work.share is None:
        tell_streets(work, work.network.edge_length_dm, streets.shares)
    return streets.by_profile


def tell_streets(work: Work, length_dm: Integers, shares: pd.DataFrame) -> None:
    """Add what is known of all streets to the statistics, and say what costs were made without.

    Parameters
    ----------
    work
        All of the build: a part of it says nothing of all streets.
    length_dm
        Length of each edge.
    shares
        What share of it is known, and passable (:class:`geo.walkability.StreetCosts`).

    Raises
    ------
    InputError
        If there are heights and they cover no street.
    """
    statistics = street_statistics(length_dm, shares, work.inputs.elevation)
    work.statistics |= statistics
    if work.inputs.elevation is None:
        work.notes.append(
            Text("Sin modelo de elevación: para los perfiles de caminata las calles son planas",
                 "Without an elevation model: to the walking profiles streets are flat")
        )  # fmt: skip
    if "environment" in work.inputs.licences:
        unknown = 1 - statistics[SCORED]
        work.notes.append(
            Text(f"En {unknown:.0%} de la longitud de las calles no hay manzana que diga cómo son:"
                 " ahí cada perfil camina a su paso completo",
                 f"Along {unknown:.0%} of street length no block says what the street is like:"
                 " there each profile walks at its full pace")
        )  # fmt: skip


def _titles(profiles: Mapping[str, WalkProfile]) -> dict[str, Text]:
    return {name: profile.title for name, profile in profiles.items()}


def _add_scores(work: Work, scores: BlockScores, profiles: Mapping[str, WalkProfile]) -> None:
    indicators = topic_indicators("profile", _titles(profiles))
    people = _people(work)
    for index, layer in enumerate(work.layers):
        if layer.level is not None:
            columns = place_scores(layer.frame["cvegeo"], layer.level, scores, people)
            work.layers[index] = _with_columns(layer, columns, indicators)


def _people(work: Work) -> pd.Series:
    blocks = work.demand.tables.get(Level.BLOCK)
    if blocks is None:
        return pd.Series([], index=pd.Index([], dtype="str"), dtype="float64")
    return blocks.set_index("cvegeo")["population"]


def _with_columns(layer: Layer, columns: pd.DataFrame, indicators: tuple[Indicator, ...]) -> Layer:
    frame = gpd.GeoDataFrame(pd.concat([layer.frame, columns], axis=1), crs=layer.frame.crs)
    added = present(indicators, columns.columns)
    return replace(layer, frame=frame, indicators=(*layer.indicators, *added))


def _add_walks(
    work: Work,
    profiles: Mapping[str, WalkProfile],
    costs: Mapping[str, EdgeCosts] | None,
) -> None:
    """Walk as each profile; give levels their columns, and all measures to one long table."""
    if work.supply is None or work.cells is None:
        return
    supply = work.supply.services
    services = {name: SERVICE_DEMAND[name] for name in supply.services}
    titles = {name: service.title for name, service in supply.services.items()}
    indicators = _paired(titles, profiles)
    long = []
    for name, profile in profiles.items():
        access = work.measured(
            f"{WALKS}_{name}", partial(_walk, work, name, {} if costs is None else costs)
        )
        walks = pd.concat([work.cells[list(dict.fromkeys(services.values()))], access], axis=1)
        for index, layer in enumerate(work.layers):
            if layer.level is None:
                continue
            places = layer.frame["cvegeo"]
            found = place_walks(
                places, work.cells[CODE_COLUMNS[layer.level]], walks, work.cells, services,
                work.method.walking.thresholds_min,
            )  # fmt: skip
            columns = _columns(found, layer.level, name, profile, services)
            work.layers[index] = _with_columns(layer, columns, indicators)
            if layer.level in (Level.MUNICIPALITY, Level.AGEB):
                long += [_rows(found, places, layer.level, name, service) for service in services]
    if long:
        work.assets.append(_walks_table(work, pd.concat(long, ignore_index=True)))


def _walk(work: Work, profile: str, costs: Mapping[str, EdgeCosts]) -> pd.DataFrame:
    if work.supply is None or work.network is None or work.standing is None:
        raise ValueError(profile)
    access, _ = measure_reach(
        work.demand.cells,
        work.supply.services,
        work.network,
        at_pace(work.standing, profile, work.method.walking.speed_m_per_min),
        work.method,
        costs=costs[profile],
    )
    return access


def at_pace(standing: Standing, profile: str, general_m_per_min: float) -> Standing:
    """Return attachments whose way to the street takes as long as it does at a profile's pace."""
    pace = general_m_per_min / walk_profiles()[profile].speed_m_per_min

    def longer(attachment: Attachment) -> Attachment:
        away = np.where(attachment.attached, np.round(attachment.access_dm * pace), -1)
        return replace(attachment, access_dm=away.astype(np.int32))

    return Standing(cells=longer(standing.cells), centres=longer(standing.centres))


def _paired(
    titles: Mapping[str, Text], profiles: Mapping[str, WalkProfile]
) -> tuple[Indicator, ...]:
    """Return the indicators of services by profile; the map offers those that belong together."""
    return tuple(
        replace(
            indicator,
            mapped=indicator.kind == "time"
            and indicator.service in profiles[str(indicator.profile)].services,
        )
        for indicator in paired_indicators(titles, _titles(profiles))
    )


def _columns(
    found: pd.DataFrame,
    level: Level,
    name: str,
    profile: WalkProfile,
    services: Mapping[str, str],
) -> pd.DataFrame:
    """Return the columns a level carries: all services, or at blocks those of the profile."""
    columns = {}
    for service in services:
        if level is Level.BLOCK and service not in profile.services:
            continue
        columns[f"nearest_min_{service}_{name}"] = found[f"nearest_min_{service}"]
        if profile.can_be_stopped:
            columns[f"passable_share_{service}_{name}"] = found[f"passable_share_{service}"]
    return pd.DataFrame(columns, index=found.index)


def _rows(
    found: pd.DataFrame, places: pd.Series, level: Level, name: str, service: str
) -> pd.DataFrame:
    suffix = f"_{service}"
    own = found[[column for column in found if column.endswith(suffix)]]
    own = own.rename(columns=lambda column: column.removesuffix(suffix))
    head = pd.DataFrame(
        {"level": level.value, "cvegeo": places, "profile": name, "service": service}
    )
    return pd.concat([head.astype("str"), own], axis=1)


_ROW = Text("servicio de la fila", "service of the row")
_ROW_PROFILE = Text("perfil de la fila", "profile of the row")
_KEYS = (
    Column(name="level", dtype="str", required=True, values=("municipio", "ageb"),
           description=Text("Nivel del lugar", "Level of the place")),
    Column(name="cvegeo", dtype="str", required=True,
           description=Text("Clave geoestadística del lugar", "Geostatistical code of the place")),
    Column(name="profile", dtype="str", required=True,
           description=Text("Perfil de caminata", "Way of walking")),
    Column(name="service", dtype="str", required=True,
           description=Text("Servicio de cuidado", "Care service")),
)  # fmt: skip


def _walks_table(work: Work, walks: pd.DataFrame) -> AssetRecord:
    described = [
        *topic_indicators("service", {"x": _ROW}),
        *paired_indicators({"x": _ROW}, {"x": _ROW_PROFILE}),
    ]
    named = {
        _bare(indicator.column.name): replace(
            indicator,
            column=replace(indicator.column, name=_bare(indicator.column.name)),
            sources=_SOURCES, method="caminabilidad", service=None, profile=None, mapped=False,
        )
        for indicator in described
    }  # fmt: skip
    measures = [column for column in walks if column in named]
    keys = tuple(
        Indicator(column=column, title=column.description, kind="identifier", sources=_SOURCES)
        for column in _KEYS
    )
    return write_asset_table(
        walks.sort_values(["level", "cvegeo", "profile", "service"]),
        asset_id=WALKS,
        title=Text("Acceso por perfil de caminata", "Access by way of walking"),
        description=Text(
            "Por municipio y AGEB: lo que alcanza la gente si camina como cada perfil, por las"
            " calles como son",
            "By municipality and AGEB: what people reach if they walk like each profile, on"
            " streets as they are",
        ),
        indicators=(*keys, *(named[column] for column in measures)),
        version=work.staged,
        licences=work.inputs.licences,
        method="caminabilidad",
    )


def _bare(name: str) -> str:
    return name.removesuffix("_x").removesuffix("_x")


def _profiles_table(work: Work, profiles: Mapping[str, WalkProfile]) -> AssetRecord:
    rows = [
        {"profile": name, "title_es": profile.title.es, "title_en": profile.title.en,
         "figure": figure, "value": value, "source": profile.sources[source]}
        for name, profile in profiles.items()
        for figure, value, source in _figures(profile)
    ]  # fmt: skip
    table = pd.DataFrame(rows).astype(
        {"value": "float64"} | dict.fromkeys(("profile", "title_es", "title_en", "figure"), "str")
    )
    texts = {
        "profile": Text("Perfil de caminata", "Way of walking"),
        "title_es": Text("Nombre en español", "Name in Spanish"),
        "title_en": Text("Nombre en inglés", "Name in English"),
        "figure": Text("Parámetro, o concepto del entorno urbano que pesa o que hace barrera",
                       "Parameter, or urban-environment item that weighs or makes a barrier"),
        "value": Text("Valor del parámetro, o peso", "Value of the parameter, or weight"),
        "source": Text("De dónde sale, o que es hipótesis nuestra",
                       "Where it is from, or that it is our own hypothesis"),
    }  # fmt: skip
    indicators = tuple(
        Indicator(
            column=Column(
                name=name, dtype="float64" if name == "value" else "str", description=text,
                unit="la del parámetro" if name == "value" else "",
            ),
            title=text, kind="index" if name == "value" else "text",
            sources=("environment", "dem"), method="caminabilidad",
        )
        for name, text in texts.items()
    )  # fmt: skip
    return write_asset_table(
        table.astype({"source": "str"}),
        asset_id=PROFILES,
        title=Text("Perfiles de caminata", "Ways of walking"),
        description=Text(
            "Velocidades, pesos y límites de cada perfil, cada uno con su fuente",
            "Speeds, weights and limits of each profile, each with its source",
        ),
        indicators=indicators,
        version=work.staged,
        licences=work.inputs.licences,
        method="caminabilidad",
    )


def _figures(profile: WalkProfile) -> list[tuple[str, float, str]]:
    """Return every figure of a profile: its name, value, and the name its source goes by."""
    limits = (
        ("speed_m_per_min", profile.speed_m_per_min, "speed"),
        ("slowest_factor", profile.slowest_factor, "slowest"),
        ("barrier_slowed_factor", profile.barrier_slowed_factor, "barrier"),
        ("slope_hard", profile.slope_hard, "slope"),
        ("slope_hard_factor", profile.slope_hard_factor, "slope"),
        ("slope_max", profile.slope_max, "slope"),
    )
    return [
        *((name, value, source) for name, value, source in limits if value is not None),
        *((f"barrier:{item}", 1.0, "barrier") for item in profile.barrier_items),
        *((f"weight:{item}", weight, item) for item, weight in profile.weights.items()),
    ]
