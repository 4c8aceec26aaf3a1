"""The index of priority in a build: columns of AGEB, with how far ranks hang on the weights."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd

from data.tables import Level
from data.texts import Text
from geo.pipeline.work import Work
from geo.priority import METHOD, PRESETS, measure, priority_indicators, rank_places

_SOURCES = (
    "denue", "census_areas", "census_localities", "census_municipalities", "blocks", "agebs",
    "streets", "environment",
)  # fmt: skip


def priority(work: Work) -> None:
    """Add the index of priority, by equal weights, to AGEB."""
    for index, layer in enumerate(work.layers):
        if layer.level is not Level.AGEB:
            continue
        if not work.has_access:
            break
        components = measure(
            layer.frame,
            line=1.0 / work.method.deserts.children_per_place,
            limit_min=work.method.walking.limit_min,
        )
        ranked = rank_places(components, PRESETS["general"].weights)
        if ranked["priority_index"].isna().all():
            break
        frame = gpd.GeoDataFrame(pd.concat([layer.frame, ranked], axis=1), crs=layer.frame.crs)
        sources = [role for role in _SOURCES if role in work.inputs.licences]
        added = tuple(priority_indicators(sources))
        work.layers[index] = replace(layer, frame=frame, indicators=(*layer.indicators, *added))
        return
    work.cannot(
        METHOD,
        Text("Faltan AGEB con acceso, mujeres o demanda: no hay índice de prioridad",
             "AGEB with access, women or demand are lacking: there is no index of priority"),
    )  # fmt: skip
