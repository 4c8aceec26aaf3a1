"""The step that puts demand and access on the national lattice."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyproj

from data.tables import GEOGRAPHIC_CRS, METRIC_CRS, Column, Level
from data.texts import Text
from geo.artifacts import AssetRecord, Label, record_file
from geo.demand import SERVICE_DEMAND, VARIABLES
from geo.grid import (
    CELL_M,
    Account,
    Band,
    Covered,
    Frame,
    Settled,
    SparseGrid,
    account_of,
    hexagon_table,
    mean_access,
    measure_image,
    people_image,
    settle,
    sum_people,
    write_cog,
)
from geo.grid.lattice import Floats, Ints
from geo.indicators import Indicator
from geo.pipeline.work import Work
from geo.publish import write_asset_table

# Grids of people: what follows ``rejilla_``, the variable, and the group it stands for.
DEMAND_GRIDS: tuple[tuple[str, str, str | None], ...] = (
    ("poblacion", "population", None),
    ("infancia", "children_0_11", "infancia"),
    ("primera_infancia", "children_0_5", "infancia"),
    ("mayores", "older_65_plus", "mayores"),
    ("discapacidad", "disability", "discapacidad"),
)
HEXAGONS = "rejilla_h3"
_CENSUS = ("census_areas", "census_localities", "census_municipalities")
_OUTLINES = ("municipalities", "localities", "agebs", "blocks")
_ACCESS = ("denue", "streets")
_BY_NAME = {variable.name: variable for variable in VARIABLES}
_TOP_SHARE = 0.98
_DIGITS = 2


@dataclass(frozen=True, slots=True)
class _Ground:
    """Everything the rasters of one build share."""

    work: Work
    settled: Settled
    frame: Frame
    bounds: tuple[float, float, float, float]
    edition: str
    year: int
    columns: dict[str, Floats] = field(default_factory=dict)
    indicators: list[Indicator] = field(default_factory=list)

    @property
    def when(self) -> str:
        return f" ({self.year})"


def make_grids(work: Work) -> None:
    """Write the demand grids, the surfaces of access and the table by hexagon."""
    settled = work.settled or _settle(work)
    if not len(settled.shares.key):
        work.cannot(
            "rejilla",
            Text(
                "No se sabe dónde vive nadie: no hay manzanas, AGEB ni localidades con geometría",
                "It is not known where anyone lives: no blocks, AGEB or localities have geometry",
            ),
        )
        return
    ground = _ground(work, settled)
    _demand_grids(ground)
    if work.has_access and work.supply is not None:
        for service, detail in work.supply.services.services.items():
            _surfaces(ground, service, detail.title)
    _hexagon_table(ground)
    # Large, and of no use to the steps that follow.
    work.settled = None


def _settle(work: Work) -> Settled:
    cells = work.demand.cells if work.cells is None else work.cells
    return settle(cells, work.inputs.boundaries, work.demand.tables.get(Level.MUNICIPALITY))


def _ground(work: Work, settled: Settled) -> _Ground:
    frame = Frame.of_keys(settled.shares.key)
    degrees = pyproj.Transformer.from_crs(METRIC_CRS, GEOGRAPHIC_CRS, always_xy=True)
    west, south, east, north = degrees.transform_bounds(*frame.bounds_m)
    editions = [record.edition for record in work.inputs.records if record.role in _CENSUS]
    return _Ground(
        work=work,
        settled=settled,
        frame=frame,
        bounds=(round(west, 6), round(south, 6), round(east, 6), round(north, 6)),
        edition="; ".join(dict.fromkeys(editions)),
        year=work.method.demand.year,
    )


def _demand_grids(ground: _Ground) -> None:
    work = ground.work
    cells, shares = ground.settled.cells, ground.settled.shares
    known = [grid for grid in DEMAND_GRIDS if cells[grid[1]].notna().any()]
    for name, variable, _ in DEMAND_GRIDS:
        if not cells[variable].notna().any():
            codes = ", ".join(_BY_NAME[variable].codes)
            work.cannot(
                f"rejilla_{name}",
                Text(f"Ninguna celda tiene {codes}", f"No cell holds {codes}"),
            )
    people = cells[[variable for _, variable, _ in known]].to_numpy(dtype="float64")
    grid = sum_people(shares, people)
    accounts = list(account_of(shares, people, grid))
    in_hexagons = sum_people(ground.settled.hexagons, people)
    covered = Covered(ground.settled.cover)
    for at, (name, variable, group) in enumerate(known):
        _demand_raster(ground, grid, at, f"rejilla_{name}", variable, group, accounts[at], covered)
        ground.columns[variable] = in_hexagons.known[:, at]
        label = _BY_NAME[variable].label
        ground.indicators.append(
            Indicator(
                column=_BY_NAME[variable].columns()[0],
                title=_capital(label),
                kind="count",
                sources=(*_CENSUS, *_OUTLINES),
                method="rejilla",
                group=group,
            )
        )
    _tell(work, accounts[0])


def _demand_raster(
    ground: _Ground,
    grid: SparseGrid,
    at: int,
    asset: str,
    variable: str,
    group: str | None,
    account: Account,
    covered: Covered,
) -> None:
    label = _BY_NAME[variable].label
    values = grid.known[:, [at]]
    _add_raster(
        ground,
        asset,
        Text(f"Rejilla de 100 m: {label.es}{ground.when}",
             f"100 m grid: {label.en}{ground.when}"),
        Text(f"Demanda potencial por hectárea: {label.es}, repartidas sobre la superficie de su "
             "manzana, AGEB o localidad; 0 donde se sabe que no vive nadie, sin valor donde no se "
             "sabe",
             f"Potential demand per hectare: {label.en}, spread over the ground of their block, "
             "AGEB or locality; 0 where it is known that nobody lives, no value where it is not "
             "known"),
        (Band(variable, "personas/ha", _capital(label).es, _capital(label).en),),
        values,
        lambda window: people_image(window, grid.keys, values, covered),
        sources=(*_CENSUS, *_OUTLINES),
        more={
            "group": group,
            "service": None,
            "variable": variable,
            "statistic": "sum",
            "higher_is": "neutral",
            "colormap": "ylgnbu",
            "account": {
                "total": round(account.total, 3),
                "on_grid": round(account.on_grid, 3),
                "in_unknown_squares": round(account.in_unknown, 3),
                "without_place": round(account.without_place, 3),
            },
        },
    )  # fmt: skip


def _tell(work: Work, account: Account) -> None:
    left = account.without_place + account.in_unknown
    if left > 0.5:  # noqa: PLR2004 — half a person: sums that differ by less agree
        work.notes.append(
            Text(
                f"Las rejillas no ubican a {left:,.0f} de {account.total:,.0f} personas: las "
                "fuentes no trazan el lugar donde viven",
                f"The grids do not place {left:,.0f} of {account.total:,.0f} people: the sources "
                "do not draw where they live",
            )
        )


def _surfaces(ground: _Ground, service: str, title: Text) -> None:
    """Write minutes to the nearest centre, with the share in reach, and places per person."""
    cells, demand = ground.settled.cells, SERVICE_DEMAND[service]
    reach = cells[f"reach_{service}"]
    in_reach = reach.map({"alcanza": 1.0, "fuera_de_alcance": 0.0}).to_numpy(dtype="float64")
    minutes = cells[f"nearest_min_{service}"].to_numpy(dtype="float64")
    per_person = cells[f"e2sfca_{service}"].to_numpy(dtype="float64")
    people = cells[demand].to_numpy(dtype="float64")
    measures = np.column_stack([minutes, in_reach, per_person])
    keys, means = mean_access(ground.settled.shares, measures, people)
    _, by_hexagon = mean_access(ground.settled.hexagons, measures, people)
    common = {"group": None, "service": service, "weights": demand, "statistic": "weighted_mean"}
    _surface(
        ground, f"superficie_minutos_{service}",
        Text(f"Minutos a pie al centro más cercano: {title.es}",
             f"Minutes on foot to the nearest centre: {title.en}"),
        (Band(f"nearest_min_{service}", "min", "Minutos al centro más cercano",
              "Minutes to the nearest centre"),
         Band(f"reach_share_{service}", "1", "Proporción con un centro a su alcance",
              "Share with a centre in reach")),
        keys, means[:, :2], by_hexagon[:, 0], "cercania",
        {**common, "variable": f"nearest_min_{service}", "higher_is": "worse",
         "colormap": "ylorbr"},
    )  # fmt: skip
    if not np.isnan(per_person).all():
        _surface(
            ground, f"superficie_lugares_{service}",
            Text(f"Lugares por persona a su alcance (E2SFCA): {title.es}",
                 f"Places per person in reach (E2SFCA): {title.en}"),
            (Band(f"e2sfca_{service}", "lugares por persona", "Lugares por persona",
                  "Places per person"),),
            keys, means[:, 2:], by_hexagon[:, 2], "e2sfca",
            {**common, "variable": f"e2sfca_{service}", "higher_is": "better",
             "colormap": "bupu"},
        )  # fmt: skip


def _surface(
    ground: _Ground,
    asset: str,
    title: Text,
    bands: tuple[Band, ...],
    keys: Ints,
    values: Floats,
    by_hexagon: Floats,
    method: str,
    more: Mapping[str, Any],
) -> None:
    sources = (*_CENSUS, *_OUTLINES, *_ACCESS)
    description = Text(
        f"{title.es}: promedio por hectárea, ponderado por la demanda del servicio; sin valor "
        "donde no se midió",
        f"{title.en}: mean by hectare, weighted by the service's demand; no value where it was "
        "not measured",
    )
    _add_raster(
        ground, asset, title, description, bands, values,
        lambda window: measure_image(window, keys, values), sources=sources, more=more,
    )  # fmt: skip
    ground.columns[bands[0].name] = by_hexagon
    ground.indicators.append(
        Indicator(
            column=Column(name=bands[0].name, dtype="float64", unit=bands[0].unit, minimum=0.0,
                          description=description),
            title=title, kind="time" if bands[0].unit == "min" else "index",
            sources=sources, method=method, service=more["service"],
            higher_is=more["higher_is"],
        )
    )  # fmt: skip


def _add_raster(
    ground: _Ground,
    asset: str,
    title: Text,
    description: Text,
    bands: tuple[Band, ...],
    values: Floats,
    fill: Callable[[Frame], Any],
    *,
    sources: tuple[str, ...],
    more: Mapping[str, Any],
) -> None:
    work = ground.work
    licences = work.inputs.licences
    used = tuple(role for role in sources if role in licences)
    licence = "; ".join(dict.fromkeys(licences[role] for role in used))
    path = work.staged / "rasters" / f"{asset}.tif"
    tags = {
        "TITLE": title.es, "TITLE_EN": title.en, "DESCRIPTION": description.es,
        "DESCRIPTION_EN": description.en, "EDITION": ground.edition, "LICENCE": licence,
        "METHOD": "docs/methods.md#rejilla", "OVERVIEWS": "mean of the known squares",
    }  # fmt: skip
    write_cog(path, ground.frame, bands, fill, tags)
    work.assets.append(
        AssetRecord(
            id=asset,
            kind="raster",
            title=Label.of(title),
            description=Label.of(description),
            file=record_file(path, root=work.staged),
            sources=used,
            licence=licence,
            method="rejilla",
            properties={
                "crs": METRIC_CRS,
                "cell_m": CELL_M,
                "size": [ground.frame.width, ground.frame.height],
                "bounds_m": list(ground.frame.bounds_m),
                "bounds": list(ground.bounds),
                "edition": ground.edition,
                "year": ground.year,
                "unit": bands[0].unit,
                "bands": [
                    _band(band, values[:, number]) for number, band in enumerate(bands)
                ],
                "overviews": "average",
                **more,
            },
        )
    )  # fmt: skip


def _band(band: Band, values: Floats) -> dict[str, Any]:
    known = values[~np.isnan(values)]
    some = known[known > 0]
    top = _rounded_up(float(np.quantile(some, _TOP_SHARE))) if len(some) else 1.0
    return {
        "name": band.name,
        "unit": band.unit,
        "title": {"es": band.title_es, "en": band.title_en},
        "minimum": round(float(known.min()), 6) if len(known) else None,
        "maximum": round(float(known.max()), 6) if len(known) else None,
        "rescale": [0.0, top],
    }


def _rounded_up(value: float) -> float:
    """Return the least number of two significant digits that is not below ``value``."""
    unit = 10.0 ** (math.floor(math.log10(value)) - _DIGITS + 1)
    return float(f"{math.ceil(value / unit) * unit:.{_DIGITS}g}")


def _hexagon_table(ground: _Ground) -> None:
    keys = np.unique(ground.settled.hexagons.key)
    frame = hexagon_table(keys, ground.columns)
    ground.work.assets.append(
        write_asset_table(
            frame,
            asset_id=HEXAGONS,
            title=Text(f"Demanda y acceso por hexágono H3 (resolución 9){ground.when}",
                       f"Demand and access by H3 hexagon (resolution 9){ground.when}"),
            description=Text(
                "La rejilla de 100 m sumada al hexágono en que cae el centro de cada cuadro; "
                "promedios ponderados por la demanda; un hexágono por fila, solo los habitables",
                "The 100 m grid added up to the hexagon each square's centre lies in; means "
                "weighted by demand; a row for each hexagon with built ground"),
            indicators=(*_identity(), *ground.indicators),
            version=ground.work.staged,
            licences=ground.work.inputs.licences,
            method="rejilla",
        )
    )  # fmt: skip


def _identity() -> tuple[Indicator, ...]:
    return (
        Indicator(
            column=Column(name="h3", dtype="str", required=True,
                          description=Text("Clave del hexágono H3", "Code of the H3 hexagon")),
            title=Text("Hexágono", "Hexagon"), kind="identifier", sources=_CENSUS,
            method="rejilla",
        ),
        *(
            Indicator(
                column=Column(name=name, dtype="float64", unit="°", minimum=-180.0, maximum=180.0,
                              description=Text(f"{es} del centro", f"{en} of the centre")),
                title=Text(es, en), kind="index", sources=_CENSUS, method="rejilla",
            )
            for name, es, en in (
                ("lon", "Longitud", "Longitude"), ("lat", "Latitud", "Latitude"),
            )
        ),
    )  # fmt: skip


def _capital(label: Text) -> Text:
    return Text(f"{label.es[0].upper()}{label.es[1:]}", f"{label.en[0].upper()}{label.en[1:]}")
