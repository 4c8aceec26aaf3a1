"""What the simulator needs of an atlas: people by year, today's places, the state's matrix."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from data.catalog import gazetteer
from data.costs import SimulatedService, simulated_services
from data.errors import MissingInputError
from data.inputoutput import NATIONAL
from data.places import normalise_name
from data.tables import Column, Level
from data.texts import Text
from geo.indicators import Indicator, Kind
from geo.levels import CODE_COLUMNS
from geo.pipeline.work import Supply, Work
from geo.publish import write_asset_table
from geo.simulator import LeontiefModel, make_model
from geo.simulator.responses import make_responses
from geo.simulator.setting import NO_MATRIX
from geo.simulator.tables import (
    CELLS,
    GROWS_WITH,
    INDUSTRIES,
    PEOPLE,
    PLACES,
    matrix_tables,
    people_by_year,
)

METHOD = "simulador"
_CENSUS = ("census_areas", "census_localities", "census_municipalities")
_MATRIX = ("input_output", "industry_accounts")
_CODE = Column(name="cvegeo", dtype="str", required=True, pattern=r"\d{5}",
               description=Text("Clave del municipio", "Code of the municipality"))  # fmt: skip
_PEOPLE_COLUMNS = (
    (_CODE, Text("Clave", "Code")),
    (Column(name="year", dtype="int64", unit="año", required=True,
            description=Text("Año", "Year")), Text("Año", "Year")),
    (Column(name="variable", dtype="str", required=True, values=tuple(GROWS_WITH),
            description=Text("Grupo de personas", "Group of people")), Text("Grupo", "Group")),
    (Column(name="people", dtype="float64", unit="personas", required=True, minimum=0.0,
            description=Text("Personas del grupo: las de la demanda, que crecen como su edad en"
                             " las proyecciones del CONAPO",
                             "People of the group: those of demand, growing as their age does in"
                             " CONAPO's projections")), Text("Personas", "People")),
)  # fmt: skip
_PLACES_COLUMNS = (
    (_CODE, Text("Clave", "Code")),
    (Column(name="service", dtype="str", required=True,
            description=Text("Servicio del simulador", "Service of the simulator")),
     Text("Servicio", "Service")),
    (Column(name="centres", dtype="float64", unit="centros", minimum=0.0,
            description=Text("Centros que hoy lo dan", "Centres that give it today")),
     Text("Centros", "Centres")),
    *((Column(name=name, dtype="float64", unit="lugares", minimum=0.0,
              description=Text(f"Lugares de hoy, {es}", f"Places of today, {en}")),
       Text(f"Lugares ({es})", f"Places ({en})"))
      for name, es, en in (("places_low", "cota baja", "low bound"),
                           ("places", "estimación central", "central estimate"),
                           ("places_high", "cota alta", "high bound"))),
)  # fmt: skip
_INDUSTRY_COLUMNS = (
    (Column(name="region", dtype="str", required=True,
            description=Text("Región de la matriz", "Region of the matrix")),
     Text("Región", "Region")),
    (Column(name="code", dtype="str", required=True,
            description=Text("Sector o subsectores SCIAN", "SCIAN sector or subsectors")),
     Text("Sector", "Industry")),
    (Column(name="name", dtype="str", required=True,
            description=Text("Nombre del sector", "Name of the industry")), Text("Nombre", "Name")),
    (Column(name="own", dtype="bool", required=True,
            description=Text("Si la región es la del atlas", "Whether the region is the atlas's")),
     Text("Propia", "Own")),
    (Column(name="year", dtype="int64", unit="año", required=True,
            description=Text("Año de la matriz", "Year of the matrix")), Text("Año", "Year")),
    *((Column(name=name, dtype="float64", unit=unit, required=True, minimum=0.0,
              description=Text(f"{es}, a la media nacional por peso producido",
                               f"{en}, at the national mean per peso of output")), Text(es, en))
      for name, unit, es, en in (
          ("wages", "millones de pesos", "Remuneraciones", "Pay"),
          ("jobs", "empleos", "Empleos", "Jobs"),
          ("formal_jobs", "empleos", "Empleos formales", "Formal jobs"))),
)  # fmt: skip
_CELL_COLUMNS = (
    (Column(name="seller", dtype="str", required=True,
            description=Text("Región y sector que vende, o importaciones, impuestos o valor"
                             " agregado",
                             "Region and industry that sells, or imports, taxes or value added")),
     Text("Vende", "Sells")),
    (Column(name="buyer", dtype="str", required=True,
            description=Text("Región y sector que compra, o uso final",
                             "Region and industry that buys, or final use")),
     Text("Compra", "Buys")),
    (Column(name="final", dtype="bool", required=True,
            description=Text("Si compra un uso final", "Whether a final use buys")),
     Text("Uso final", "Final use")),
    (Column(name="amount_mn", dtype="float64", unit="millones de pesos", required=True,
            description=Text("Importe del año de la matriz; las celdas en cero no están",
                             "Amount of the matrix's year; cells of zero are not there")),
     Text("Importe", "Amount")),
)  # fmt: skip


def simulation(work: Work) -> None:
    """Publish what a scenario is run on, and say what of it is missing and why."""
    if not any(layer.level == Level.MUNICIPALITY.value for layer in work.layers):
        work.cannot(
            PEOPLE,
            Text(
                "Sin municipios no hay dónde simular", "Without municipalities nothing to simulate"
            ),
        )
        return
    _people(work)
    _places(work)
    _matrix(work)


def _people(work: Work) -> None:
    projections = work.inputs.projections
    if projections is None:
        work.cannot(
            PEOPLE,
            Text("No hay proyecciones de población entre las fuentes: el simulador no tiene años",
                 "There are no population projections among the sources: the simulator has no"
                 " years"),
        )  # fmt: skip
        return
    table = work.demand.tables[Level.MUNICIPALITY].set_index("cvegeo")
    try:
        rows, left_out = people_by_year(table, projections, work.method.demand.year)
    except MissingInputError as error:
        work.cannot(PEOPLE, error.problem)
        return
    if left_out:
        names = ", ".join(left_out[:10]) + ("…" if len(left_out) > 10 else "")  # noqa: PLR2004
        work.notes.append(
            Text(f"Municipios sin población proyectada, fuera del simulador: {names}",
                 f"Municipalities without projected people, outside the simulator: {names}")
        )  # fmt: skip
    _write(
        work, PEOPLE, rows, _PEOPLE_COLUMNS, (*_CENSUS, "projections"),
        Text("Simulador: personas por año", "Simulator: people by year"),
        Text("Personas de cada grupo por municipio y año",
             "People of each group by municipality and year"),
    )  # fmt: skip


def _places(work: Work) -> None:
    if work.supply is None:
        return
    table = work.demand.tables[Level.MUNICIPALITY]
    codes = pd.Index(sorted(table["cvegeo"]), name="cvegeo")
    parts = [
        _today(service, work.supply, codes, work)
        for service in simulated_services().values()
        if service.atlas_service is not None
    ]
    _write(
        work, PLACES, pd.concat(parts, ignore_index=True), _PLACES_COLUMNS, ("denue",),
        Text("Simulador: lugares de hoy", "Simulator: places of today"),
        Text("Lugares de los centros de cada servicio por municipio, con sus cotas",
             "Places of the centres of each service by municipality, with their bounds"),
    )  # fmt: skip


def _today(service: SimulatedService, supply: Supply, codes: pd.Index, work: Work) -> pd.DataFrame:
    """Return today's centres and places of a service; unknown where the directory lacks a class."""
    rows = pd.DataFrame({"cvegeo": codes.astype("str"), "service": service.service})
    rows["service"] = rows["service"].astype("str")
    classes = {
        scian
        for scian, care in work.codebooks.classes.items()
        if care.service_type in service.service_types
    }
    names = ("centres", "places_low", "places", "places_high")
    held = service.atlas_service in supply.services.services and classes <= set(supply.held)
    if not held:
        return rows.assign(**dict.fromkeys(names, np.nan))
    at = list(supply.services.services).index(str(service.atlas_service))
    fits = (
        supply.own.to_numpy()
        & supply.services.offers[:, at]
        & supply.centres["service_type"].isin(service.service_types).to_numpy()
    )
    where = supply.centres.loc[fits, CODE_COLUMNS[Level.MUNICIPALITY]].to_numpy()
    made = {"centres": pd.Series(1.0, index=range(len(where))).groupby(where).sum()}
    for name, places in zip(
        names[1:],
        (supply.services.low, supply.services.central, supply.services.high),
        strict=True,
    ):
        grouped = pd.Series(places[fits, at]).groupby(where)
        # Unknown where any of its centres is.
        made[name] = grouped.sum().where(grouped.count() == grouped.size())
    counted = pd.DataFrame(made).reindex(rows["cvegeo"])
    counted.loc[counted["centres"].isna(), :] = 0.0
    return rows.assign(**{name: counted[name].to_numpy() for name in names})


def _matrix(work: Work) -> None:
    table, accounts = work.inputs.input_output, work.inputs.industry_accounts
    if table is None or accounts is None:
        work.cannot(CELLS, NO_MATRIX)
        return
    region = str(work.folder.files["input_output"].options.get("region", table.regions[0]))
    refused = _other_place(region, table.regions, work)
    if refused is not None:
        work.cannot(CELLS, refused)
        return
    model: LeontiefModel = make_model(table, accounts)
    # A matrix without an industry the services need is refused now, not when it is asked.
    make_responses(model, region, (s.industry for s in simulated_services().values()))
    industries, cells = matrix_tables(model, region)
    _write(
        work, INDUSTRIES, industries, _INDUSTRY_COLUMNS, _MATRIX,
        Text("Simulador: sectores", "Simulator: industries"),
        Text("Sectores de la matriz, con empleo y remuneraciones",
             "Industries of the matrix, with jobs and pay"),
    )  # fmt: skip
    _write(
        work, CELLS, cells, _CELL_COLUMNS, _MATRIX[:1],
        Text("Simulador: matriz de insumo-producto", "Simulator: input-output matrix"),
        Text("Lo que cada sector compra a los demás", "What each industry buys from the others"),
    )  # fmt: skip
    if region == NATIONAL:
        work.notes.append(
            Text("Los efectos del simulador son los de todo el país: su matriz es la nacional",
                 "The simulator's effects are those of the whole country: its matrix is national")
        )  # fmt: skip


def _other_place(region: str, regions: tuple[str, ...], work: Work) -> Text | None:
    """Return why a matrix is not of the places built, if it is not."""
    if region not in regions:
        held = ", ".join(regions)
        return Text(f"La matriz no tiene la región {region}: tiene {held}",
                    f"The matrix has no region {region}: it has {held}")  # fmt: skip
    named = {
        normalise_name(name).lower().replace("ñ", "n").replace(" ", "_"): code
        for code, name in gazetteer().items()
        if len(code) == Level.STATE.code_length
    }
    state = named.get(region)
    states = {place[: Level.STATE.code_length] for place in work.folder.places}
    if state is None or states == {state}:
        return None
    return Text(f"La matriz es de {gazetteer()[state]}, no de los lugares del atlas",
                f"The matrix is of {gazetteer()[state]}, not of the atlas's places")  # fmt: skip


def _write(
    work: Work,
    asset_id: str,
    rows: pd.DataFrame,
    columns: tuple[tuple[Column, Text], ...],
    sources: tuple[str, ...],
    title: Text,
    description: Text,
) -> None:
    held = tuple(role for role in sources if role in work.inputs.licences)
    work.assets.append(
        write_asset_table(
            rows,
            asset_id=asset_id,
            title=title,
            description=description,
            indicators=tuple(_indicators(columns, held)),
            version=work.staged,
            licences=work.inputs.licences,
            method=METHOD,
        )
    )


def _indicators(
    columns: tuple[tuple[Column, Text], ...], sources: tuple[str, ...]
) -> Iterator[Indicator]:
    for column, title in columns:
        kind: Kind = "count" if column.dtype == "float64" else "identifier"
        yield Indicator(column=column, title=title, kind=kind, sources=sources, method=METHOD)
