"""The steps every build takes, from checked tables to layers ready to be published."""

import geopandas as gpd
import pandas as pd
import shapely

from data.classification import Codebooks
from data.errors import MissingInputError, Where
from data.streets import check_overlap
from data.tables import METRIC_CRS, Level
from data.texts import Text
from geo.demand import SERVICE_DEMAND
from geo.inputs import Inputs
from geo.layers import centres_layer, level_layer, streets_layer, water_green_layer
from geo.levels import (
    DESERT_LEVELS,
    add_access,
    add_rates,
    add_supply,
    count_centres,
    count_places,
    with_deserts,
)
from geo.located import drop_misplaced, fill_codes, within_places
from geo.network import MIN_COMPONENT_M, build_network
from geo.pipeline.demand import estimate
from geo.pipeline.equity import equity
from geo.pipeline.grids import make_grids
from geo.pipeline.institutions import institutions
from geo.pipeline.on_foot import on_foot
from geo.pipeline.participation import participation
from geo.pipeline.priority import priority
from geo.pipeline.simulation import simulation
from geo.pipeline.walkability import walkability
from geo.pipeline.work import CELLS_LEVEL, OWN_STREET, Step, Supply, Work
from geo.publish import write_layer, write_network
from geo.reach import measure_reach, stand_on
from geo.supply import ServiceSupply, classify, counted_classes, supply_services


def never_counted(codebooks: Codebooks) -> tuple[str, ...]:
    """Return the classes that are read only to be counted among what was left out."""
    return tuple(scian for scian, c in codebooks.classes.items() if c.membership == "never")


def refuse_empty(work: Work) -> None:
    """Refuse sources without census data of the places."""
    if not any(len(reading.table) for reading in work.inputs.census.values()):
        places = ", ".join(work.folder.places) or "MX"
        raise MissingInputError(
            Text(f"Las fuentes no traen datos censales de {places}",
                 f"The sources hold no census data of {places}"),
            where=Where(value=places),
            remedy=Text("Revise el lugar y las fuentes", "Check the place and the sources"),
        )  # fmt: skip


def refuse_other_streets(work: Work) -> None:
    """Refuse streets that are of another place."""
    streets = work.inputs.streets
    outline = None if streets is None else work.outline(str(streets.crs))
    if streets is not None and outline is not None:
        check_overlap(streets, outline, file=work.folder.files["streets"].paths[0])


def _supply(work: Work) -> None:
    if work.inputs.establishments is None:
        work.cannot(
            "centros", Text("No se dio un archivo de establecimientos", "No establishments given")
        )
        return
    source = work.folder.files["denue"]
    optional = work.method.supply.optional_classes
    boundaries = work.inputs.boundaries
    codebooks = work.codebooks
    centres, dropped = classify(
        work.inputs.establishments, codebooks, optional=optional, edition=source.edition
    )
    placed = drop_misplaced(centres, boundaries.get(Level.MUNICIPALITY), dropped)
    filled = fill_codes(placed, boundaries, dropped)
    own, near = within_places(
        filled,
        work.folder.places,
        work.outline(METRIC_CRS),
        work.method.supply.neighbour_buffer_m,
    )
    dropped.add("fuera_del_lugar", filled.loc[~near, "facility_id"])
    work.add_dropped("denue", dropped)
    filled, own = filled[near].reset_index(drop=True), own[near].reset_index(drop=True)
    held = tuple(source.options.get("classes", counted_classes(codebooks, optional)))
    services, missing = supply_services(filled, codebooks, held=held, optional=optional)
    work.supply = Supply(filled, own, services, held, missing)
    for service, reason in missing.items():
        if service not in services.services:
            work.cannot(service, reason)
        else:
            title = services.services[service].title
            work.notes.append(
                Text(
                    f"{title.es} está incompleto. {reason.es}",
                    f"{title.en} is incomplete. {reason.en}",
                )
            )


def _network(work: Work) -> None:
    streets = work.inputs.streets
    if streets is None:
        return
    if work.share is None:
        refuse_other_streets(work)
    own = streets[OWN_STREET].to_numpy(dtype=bool) if OWN_STREET in streets else None
    work.network = build_network(streets, own=own)


def _access(work: Work) -> None:
    supply, network = work.supply, work.network
    if network is not None:
        work.statistics = network.statistics
    if supply is None:
        return
    if network is None:
        work.cannot(
            "acceso",
            Text(
                "No hay calles entre las fuentes: sin ellas no se mide ninguna caminata",
                "There are no streets among the sources: without them no walk is measured",
            ),
        )
        return
    cells = work.demand.cells
    work.standing = stand_on(
        network,
        cells,
        supply.centres,
        max_access_m=work.method.walking.max_access_m,
        # The longest component of a part says nothing of the others.
        least_component_m=None if work.share is None else MIN_COMPONENT_M,
    )
    access, work.statistics = measure_reach(
        cells, supply.services, network, work.standing, work.method
    )
    measured = pd.concat([cells.drop(columns="geometry", errors="ignore"), access], axis=1)
    services = {name: SERVICE_DEMAND[name] for name in supply.services.services}
    limits = work.high_demand(CELLS_LEVEL)
    work.cells = with_deserts(measured, services, work.method, limits=limits)


def _levels(work: Work) -> None:
    supply = work.supply
    titles = {n: s.title for n, s in supply.services.services.items()} if supply else {}
    for level, table in work.demand.tables.items():
        if not work.publishes(level):
            continue
        filled = _with_supply(table, supply, level, work.codebooks) if supply else table
        if work.cells is not None:
            services = {name: SERVICE_DEMAND[name] for name in titles}
            limits = work.high_demand(level.value) if level in DESERT_LEVELS else None
            filled = add_access(filled, work.cells, level, services, work.method, limits=limits)
        shapes, year = _shapes(level, work.inputs), work.method.demand.year
        work.layers.append(level_layer(level, filled, shapes, titles, year=year))
    if work.share is not None:
        return  # what needs no measuring is put together once
    if supply is not None:
        work.layers.append(centres_layer(supply.centres[supply.own].reset_index(drop=True)))
    if work.inputs.streets is not None:
        work.layers.append(streets_layer(work.inputs.streets))
    features = water_green_here(work)
    if features is not None:
        work.layers.append(water_green_layer(features))


def water_green_here(work: Work) -> gpd.GeoDataFrame | None:
    """Return the water and green areas that touch the places, or None and say that there are none.

    Packages of INEGI hold those of a whole state.
    """
    features = work.inputs.water_green
    outline = None if features is None else work.outline(str(features.crs))
    if features is not None and outline is not None:
        shapely.prepare(outline)
        near = shapely.intersects(outline, features.geometry.to_numpy())
        features = features[near].reset_index(drop=True)
    if features is not None and len(features):
        return features
    work.cannot(
        "agua_y_verde",
        Text("Ninguna fuente trae ríos, lagos ni áreas verdes de este lugar: el mapa no los dibuja",
             "No source holds rivers, lakes or green areas of this place: the map does not draw"
             " them"),
    )  # fmt: skip
    return None


def _with_supply(
    table: pd.DataFrame, supply: Supply, level: Level, codebooks: Codebooks
) -> pd.DataFrame:
    own = supply.own.to_numpy()
    centres = supply.centres[own]
    services = ServiceSupply(
        supply.services.services,
        supply.services.offers[own],
        supply.services.low[own],
        supply.services.central[own],
        supply.services.high[own],
        sized=supply.services.sized,
    )
    categories = {codebooks.classes[scian].category for scian in supply.held}
    held = {category: category in categories for category in ("directo", "indirecto")}
    counts = count_centres(centres, level, held).join(
        count_places(centres, services, level), how="outer"
    )
    return add_rates(add_supply(table, counts), services)


def _shapes(level: Level, inputs: Inputs) -> gpd.GeoDataFrame | None:
    """Return outlines of a level; localities without one are drawn as the census's point.

    States without outlines of their own are drawn by joining their municipalities.
    """
    outlines = inputs.boundaries.get(level)
    municipalities = inputs.boundaries.get(Level.MUNICIPALITY)
    if level is Level.STATE and outlines is None and municipalities is not None:
        state = municipalities["cvegeo"].str[: level.code_length]
        joined = municipalities.geometry.groupby(state).apply(lambda shapes: shapes.union_all())
        return gpd.GeoDataFrame(
            {"cvegeo": joined.index}, geometry=list(joined), crs=municipalities.crs
        )
    reading = inputs.census.get("census_localities")
    if level is not Level.LOCALITY or reading is None:
        return outlines
    rows = reading.table[reading.table["level"] == level.value].dropna(subset=["lon", "lat"])
    points = gpd.GeoDataFrame(
        {"cvegeo": rows["cvegeo"]},
        geometry=gpd.points_from_xy(rows["lon"], rows["lat"]),
        crs="EPSG:4326",
    )
    if outlines is None:
        return points
    others = points[~points["cvegeo"].isin(outlines["cvegeo"])]
    return gpd.GeoDataFrame(pd.concat([outlines[["cvegeo", "geometry"]], others]), crs=points.crs)


def _publish(work: Work) -> None:
    licences = work.inputs.licences
    work.layer_records = tuple(write_layer(layer, work.staged, licences) for layer in work.layers)
    if work.network is not None:
        tables = work.network.tables()
        if work.network_costs is not None:
            tables["costs"] = work.network_costs
        work.network_record = write_network(tables, work.statistics, work.staged)


STEPS: tuple[Step, ...] = (
    Step("demand", Text("Estimando la demanda", "Estimating demand"), estimate, "read"),
    Step("supply", Text("Clasificando los centros", "Classifying centres"), _supply, "read"),
    Step("network", Text("Armando la red peatonal", "Building the network"), _network, "walk"),
    Step("access", Text("Midiendo el acceso a pie", "Measuring walking access"), _access, "walk"),
    Step(
        "on foot",
        Text("Ubicando celdas y centros en la red", "Placing cells and centres"),
        on_foot,
        "walk",
    ),
    Step(
        "grids",
        Text("Tejiendo las rejillas de 100 m", "Weaving the 100 m grids"),
        make_grids,
        "settled",
    ),
    Step("levels", Text("Sumando por nivel", "Adding up by level"), _levels),
    Step(
        "walkability",
        Text("Caminando por las calles como son", "Walking streets as they are"),
        walkability,
    ),
    Step(
        "institutions",
        Text("Midiendo el acceso por institución", "Measuring access by institution"),
        institutions,
    ),
    Step("equity", Text("Midiendo la equidad", "Measuring equity"), equity),
    Step(
        "participation",
        Text("Comparando participación y cuidado", "Setting participation against care"),
        participation,
        "merged",
    ),
    Step(
        "simulation",
        Text("Preparando el simulador", "Preparing the simulator"),
        simulation,
        "merged",
    ),
    Step("priority", Text("Ordenando la prioridad", "Ranking priority"), priority, "merged"),
    Step("publish", Text("Escribiendo el atlas", "Writing the atlas"), _publish, "publish"),
)
