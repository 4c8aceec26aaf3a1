"""Sensitivity of the published ranking in a build: made when asked for, published as a table."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.tables import Column, Level
from data.texts import Text
from geo.access import TravelTimes
from geo.demand import SERVICE_DEMAND
from geo.indicators import Indicator, Kind
from geo.pipeline.walkability import at_pace
from geo.pipeline.work import Step, Work
from geo.publish import write_asset_table
from geo.sensitivity import (
    DECAYS,
    ESTIMATES,
    GENERAL,
    Variant,
    access_of_places,
    decay_of,
    published,
    rank_shift,
    variants,
)
from geo.supply import ServiceSupply
from geo.travel import build_graph, walking_times
from geo.walkability import EdgeCosts

SENSITIVITY = "sensibilidad"
_SOURCES = (
    "denue", "census_areas", "census_localities", "census_municipalities", "blocks", "agebs",
    "streets", "environment", "dem",
)  # fmt: skip
_COLUMNS: tuple[tuple[Column, Kind], ...] = (
    (Column(name="cvegeo", dtype="str", required=True,
            description=Text("Clave del municipio", "Code of the municipality")), "identifier"),
    (Column(name="service", dtype="str", required=True,
            description=Text("Servicio de cuidado", "Care service")), "identifier"),
    (Column(name="minutes", dtype="float64", unit="min", required=True, minimum=0.0,
            description=Text("Alcance del área de captación", "Reach of the catchment")), "time"),
    (Column(name="decay", dtype="str", required=True, values=DECAYS,
            description=Text("Función de decaimiento", "Decay function")), "state"),
    (Column(name="profile", dtype="str", required=True,
            description=Text("Perfil de caminata", "Way of walking")), "identifier"),
    (Column(name="places", dtype="str", required=True, values=ESTIMATES,
            description=Text("Estimación de lugares", "Estimate of places")), "state"),
    (Column(name="agebs", dtype="float64", unit="AGEB", minimum=0.0,
            description=Text("AGEB comparadas", "AGEB compared")), "count"),
    (Column(name="spearman", dtype="float64", unit="correlación", minimum=-1.0, maximum=1.0,
            description=Text("Correlación de rangos con el orden publicado de las AGEB; sin valor"
                             " con menos de cinco, o si todas empatan",
                             "Rank correlation with the published order of the AGEB; no value with"
                             " fewer than five, or if all tie")), "index"),
    (Column(name="quintile_change_share", dtype="float64", unit="proporción", minimum=0.0,
            maximum=1.0, description=Text(
                "Proporción de AGEB que cambian de quintil respecto al orden publicado",
                "Share of AGEB that change quintile against the published order")), "share"),
)  # fmt: skip
_TITLES = {
    "cvegeo": Text("Municipio", "Municipality"),
    "service": Text("Servicio", "Service"),
    "minutes": Text("Minutos", "Minutes"),
    "decay": Text("Decaimiento", "Decay"),
    "profile": Text("Perfil", "Profile"),
    "places": Text("Lugares", "Places"),
    "agebs": Text("AGEB", "AGEB"),
    "spearman": Text("Correlación de rangos", "Rank correlation"),
    "quintile_change_share": Text("AGEB que cambian de quintil", "AGEB that change quintile"),
}


def sensitivity(work: Work) -> None:
    """Compute every variant and publish how far each municipality's ranking moves."""
    agebs = work.demand.tables.get(Level.AGEB)
    if work.cells is None or work.supply is None or agebs is None or agebs.empty:
        work.cannot(
            SENSITIVITY,
            Text("Sin acceso medido por AGEB no hay orden que comparar",
                 "Without access measured by AGEB there is no order to compare"),
        )  # fmt: skip
        return
    supply = work.supply.services
    sized = [name for name in supply.services if _is_sized(work, work.cells, name)]
    for name in supply.services:
        if name not in sized:
            work.cannot(
                f"{SENSITIVITY}_{name}",
                Text("No se conocen los lugares de sus centros",
                     "The places of its centres are not known"),
            )  # fmt: skip
    wanted = work.method.sensitivity
    profiles = [GENERAL]
    if work.network_costs is None:
        work.notes.append(
            Text("La sensibilidad se midió sin perfiles de caminata: este atlas no los calcula",
                 "Sensitivity was measured without ways of walking: this atlas computes none")
        )  # fmt: skip
    else:
        held = work.method.walkability.profiles
        profiles += [name for name in wanted.profiles if name in held]
        for name in sorted(set(wanted.profiles) - set(held)):
            work.cannot(
                f"{SENSITIVITY}_{name}",
                Text("El perfil no está entre los que se calculan ([walkability] profiles)",
                     "The profile is not among those computed ([walkability] profiles)"),
            )  # fmt: skip
    base = published(work.method.catchment.limits_min)
    every = variants(sorted({*wanted.minutes, base.minutes}), profiles)
    rows = _Rows(work, supply, agebs["cvegeo"], max(variant.minutes for variant in every))
    table = rows.compute(every, base, sized)
    work.assets.append(
        write_asset_table(
            table,
            asset_id=SENSITIVITY,
            title=Text("Sensibilidad del orden de las AGEB", "Sensitivity of the order of AGEB"),
            description=Text(
                "Cuánto se mueve el orden de las AGEB de cada municipio, por lugares por persona a"
                " su alcance, si cambian el alcance, el decaimiento, la forma de caminar o la"
                " estimación de lugares",
                "How far the order of each municipality's AGEB, by places per person in reach,"
                " moves when reach, decay, way of walking or estimate of places change",
            ),
            indicators=tuple(
                Indicator(
                    column=column,
                    title=_TITLES[column.name],
                    kind=kind,
                    sources=_SOURCES,
                    method="sensibilidad",
                )
                for column, kind in _COLUMNS
            ),
            version=work.staged,
            licences=work.inputs.licences,
            method="sensibilidad",
        )
    )


def _is_sized(work: Work, cells: pd.DataFrame, service: str) -> bool:
    """Say whether places of a service are added up: in a part, as was decided for all."""
    if work.decided is not None:
        return work.decided.sized[service]
    return bool(cells[f"e2sfca_{service}"].notna().any())


class _Rows:
    """Rows of the table: walks searched once a profile, every variant scored from them."""

    def __init__(
        self, work: Work, supply: ServiceSupply, agebs: pd.Series, limit_min: float
    ) -> None:
        self.work = work
        self.supply = supply
        self.agebs = pd.Index(agebs)
        self.limit_min = limit_min
        cells = work.demand.cells
        self.codes: npt.NDArray[np.intp] = self.agebs.get_indexer(cells["ageb"])
        self.municipality = self.agebs.str[: Level.MUNICIPALITY.code_length].to_numpy()
        self.estimates = {"minimo": supply.low, "central": supply.central, "maximo": supply.high}

    def compute(
        self, every: tuple[Variant, ...], base: Variant, services: list[str]
    ) -> pd.DataFrame:
        times = {profile: self._times(profile) for profile in {item.profile for item in every}}
        rows: list[dict[str, object]] = []
        for service in services:
            reference = self._access(times[base.profile], base, service)
            for variant in every:
                values = self._access(times[variant.profile], variant, service)
                for municipality in sorted(set(self.municipality)):
                    own = self.municipality == municipality
                    shift = rank_shift(reference[own], values[own])
                    rows.append({
                        "cvegeo": municipality, "service": service, "minutes": variant.minutes,
                        "decay": variant.decay, "profile": variant.profile,
                        "places": variant.places, "agebs": float(shift.places),
                        "spearman": shift.spearman,
                        "quintile_change_share": shift.quintile_change_share,
                    })  # fmt: skip
        names = [column.name for column, _ in _COLUMNS]
        types = {column.name: column.dtype for column, _ in _COLUMNS}
        table = pd.DataFrame(rows, columns=names).astype(types)
        keys = ["cvegeo", "service", "minutes", "decay", "profile", "places"]
        return table.sort_values(keys, ignore_index=True)

    def _times(self, profile: str) -> TravelTimes:
        work = self.work
        if work.network is None or work.standing is None:
            raise ValueError(profile)
        speed = work.method.walking.speed_m_per_min
        graph, standing = build_graph(work.network), work.standing
        if profile != GENERAL and work.network_costs is not None:
            costs = EdgeCosts.of(work.network_costs, profile)
            graph = build_graph(work.network, costs.forward_dm, costs.backward_dm)
            standing = at_pace(standing, profile, speed)
        walks = walking_times(
            graph, standing.centres, standing.cells, limit_min=self.limit_min,
            speed_m_per_min=speed,
        )  # fmt: skip
        return TravelTimes.from_facility_lists(
            walks.first, walks.cell, walks.minutes,
            n_cells=len(self.codes), measured=standing.cells.attached,
        )  # fmt: skip

    def _access(
        self, times: TravelTimes, variant: Variant, service: str
    ) -> npt.NDArray[np.float64]:
        at = list(self.supply.services).index(service)
        offers = self.supply.offers[:, at]
        catchment = self.work.method.catchment
        return access_of_places(
            times.where(offers[times.facility]),
            self.work.demand.cells[SERVICE_DEMAND[service]].to_numpy("float64"),
            np.where(offers, self.estimates[variant.places][:, at], 0.0),
            decay_of(variant, catchment.limits_min, catchment.weights),
            self.codes,
            len(self.agebs),
        )


SENSITIVITY_STEP = Step(
    SENSITIVITY, Text("Midiendo la sensibilidad", "Measuring sensitivity"), sensitivity
)
