"""A build, from a folder of sources to an atlas in service."""

import platform
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path

import geopandas as gpd
import orjson
import pandas as pd
import shapely

from data.catalog import SourceFolder, gazetteer
from data.classification import care_classes
from data.errors import MissingInputError, Where
from data.streets import check_overlap
from data.tables import METRIC_CRS, Dropped, Level
from data.texts import Text
from geo import artifacts
from geo.artifacts import CheckRecord, Label, Manifest, NotComputed, PlaceRecord
from geo.demand import CENSUS_COLUMNS, SERVICE_DEMAND, Demand, DemandMethod, build_demand
from geo.inputs import Inputs, read_inputs
from geo.layers import centres_layer, level_layer
from geo.levels import add_access, add_rates, add_supply, count_centres, count_places, with_deserts
from geo.located import drop_misplaced, fill_codes, within_places
from geo.method import Method
from geo.network import WalkNetwork, build_network
from geo.progress import Progress
from geo.publish import Layer, write_layer, write_network
from geo.reach import measure_reach
from geo.supply import ServiceSupply, classify, counted_classes, supply_services
from geo.tiles import bounds

_STEPS_AFTER_READING = 7
# Share of the people left outside each side of the box a map opens on.
_OUTSIDE_FOCUS = 0.02


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build made.

    Parameters
    ----------
    version
        Folder of the version now in service.
    manifest
        Its manifest.
    report
        File with durations, date and machine, which are not part of the version.
    durations_s
        Seconds by step.
    """

    version: Path
    manifest: Manifest
    report: Path
    durations_s: dict[str, float]


@dataclass(slots=True)
class _Supply:
    """Centres of the places and around them, and which service each offers."""

    centres: gpd.GeoDataFrame
    own: pd.Series
    services: ServiceSupply
    held: tuple[str, ...]
    missing: dict[str, Text]


def build(folder: SourceFolder, *, atlas: Path, method: Method) -> BuildResult:
    """Build the atlas of a folder of sources and put it in service.

    Parameters
    ----------
    folder
        The sources and the places.
    atlas
        Folder of the atlas; the version in service changes only when the new one is whole.
    method
        Parameters of the method.

    Raises
    ------
    CareError
        If the input cannot be used, another build holds the atlas, or the disk fails; the version
        in service is then as it was.
    """
    progress = Progress(steps=len(folder.files) + _STEPS_AFTER_READING, stream=sys.stderr)
    try:
        with artifacts.exclusive(atlas), artifacts.staging(atlas) as staged:
            manifest = _compute(folder, staged, method, progress)
            with progress.step("switch", Text("Poniendo en servicio", "Putting in service")):
                version = artifacts.put_in_service(atlas, staged, manifest)
            report = _write_report(atlas, manifest, progress)
    except OSError as error:
        raise artifacts.storage_error(error, atlas) from error
    finally:
        progress.close()
    return BuildResult(version, manifest, report, progress.durations_s)


def _compute(folder: SourceFolder, staged: Path, method: Method, progress: Progress) -> Manifest:
    inputs = read_inputs(
        folder,
        classes=(*counted_classes(method.supply.optional_classes), *_never()),
        variables=CENSUS_COLUMNS,
        progress=progress,
    )
    _refuse_empty(folder, inputs)
    with progress.step("demand", Text("Estimando la demanda", "Estimating demand")):
        demand = _build_demand(folder, inputs)
    with progress.step("supply", Text("Clasificando los centros", "Classifying centres")):
        supply = _build_supply(folder, inputs, method)
    with progress.step("network", Text("Armando la red peatonal", "Building the network")):
        network = _build_network(folder, inputs)
    not_computed = [*_missing_services(supply), *_missing_variables(demand)]
    with progress.step("access", Text("Midiendo el acceso a pie", "Measuring walking access")):
        cells, statistics = _measure(demand, supply, network, method, not_computed)
    with progress.step("levels", Text("Sumando por nivel", "Adding up by level")):
        layers = _layers(folder, inputs, demand, supply, cells, method)
    with progress.step("publish", Text("Escribiendo el atlas", "Writing the atlas")):
        licences = inputs.licences
        records = tuple(write_layer(layer, staged, licences) for layer in layers)
        written = write_network(network.tables(), statistics, staged) if network else None
    return Manifest(
        title=Label.of(folder.title),
        places=_places(folder, demand),
        bounds=_bounds(layers),
        focus=_focus(demand.cells),
        code_version=installed_version("mapa-cuidados"),
        sources=tuple(inputs.records),
        method={**method.model_dump(mode="json"), "options": dict(sorted(folder.options.items()))},
        layers=records,
        network=written,
        not_computed=tuple(not_computed),
        notes=tuple(
            Label.of(note) for note in (*folder.notes, *demand.notes, *_incomplete_services(supply))
        ),
        checks=tuple(
            CheckRecord(id=check.id, passed=check.passed, detail=Label.of(check.detail))
            for check in demand.checks
        ),
    )


def _never() -> tuple[str, ...]:
    return tuple(scian for scian, care in care_classes().items() if care.membership == "never")


def _refuse_empty(folder: SourceFolder, inputs: Inputs) -> None:
    if not any(len(reading.table) for reading in inputs.census.values()):
        places = ", ".join(folder.places) or "MX"
        raise MissingInputError(
            Text(f"Las fuentes no traen datos censales de {places}",
                 f"The sources hold no census data of {places}"),
            where=Where(value=places),
            remedy=Text("Revise el lugar y las fuentes", "Check the place and the sources"),
        )  # fmt: skip


def _build_demand(folder: SourceFolder, inputs: Inputs) -> Demand:
    options = DemandMethod(
        missing="municipal_shares"
        if folder.options.get("demand") == "municipal_shares"
        else "unknown",
        zeros_hidden=folder.options.get("zeros") == "hidden",
    )
    return build_demand(
        inputs.census.get("census_areas"),
        inputs.census.get("census_localities"),
        inputs.census.get("census_municipalities"),
        inputs.boundaries,
        method=options,
    )


def _build_supply(folder: SourceFolder, inputs: Inputs, method: Method) -> _Supply | None:
    if inputs.establishments is None:
        return None
    source = folder.files["denue"]
    optional = method.supply.optional_classes
    centres, dropped = classify(inputs.establishments, optional=optional, edition=source.edition)
    placed = drop_misplaced(centres, inputs.boundaries.get(Level.MUNICIPALITY), dropped)
    filled = fill_codes(placed, inputs.boundaries, dropped)
    own, near = within_places(
        filled,
        folder.places,
        _outline(folder, inputs, METRIC_CRS),
        method.supply.neighbour_buffer_m,
    )
    dropped.add("fuera_del_lugar", filled.loc[~near, "facility_id"])
    _add_dropped(inputs, dropped)
    filled, own = filled[near].reset_index(drop=True), own[near].reset_index(drop=True)
    held = tuple(source.options.get("classes", counted_classes(optional)))
    services, missing = supply_services(filled, held=held, optional=optional)
    return _Supply(filled, own, services, held, missing)


def _add_dropped(inputs: Inputs, dropped: Dropped) -> None:
    """Add what classification left out to the record of the directory."""
    for index, record in enumerate(inputs.records):
        if record.role == "denue":
            reasons = {**record.dropped, **{k: dict(v) for k, v in dropped.as_record().items()}}
            inputs.records[index] = record.model_copy(
                update={"dropped": dict(sorted(reasons.items()))}
            )


def _outline(folder: SourceFolder, inputs: Inputs, crs: str) -> shapely.Geometry | None:
    """Return the outline of the places: that of their municipalities, or of what is within."""
    for level in (Level.MUNICIPALITY, Level.AGEB, Level.BLOCK):
        outlines = inputs.boundaries.get(level)
        if outlines is not None and len(outlines):
            own = outlines[outlines["cvegeo"].str.startswith(folder.places)]
            own = own if folder.places else outlines
            return shapely.union_all(own.geometry.to_crs(crs).to_numpy())
    return None


def _build_network(folder: SourceFolder, inputs: Inputs) -> WalkNetwork | None:
    if inputs.streets is None:
        return None
    outline = _outline(folder, inputs, str(inputs.streets.crs))
    if outline is not None:
        check_overlap(inputs.streets, outline, file=folder.files["streets"].paths[0])
    return build_network(inputs.streets)


def _missing_services(supply: _Supply | None) -> list[NotComputed]:
    if supply is None:
        reason = Text("No se dio un archivo de establecimientos", "No file of establishments given")
        return [NotComputed(what="centros", reason=Label.of(reason))]
    return [
        NotComputed(what=service, reason=Label.of(reason))
        for service, reason in supply.missing.items()
        if service not in supply.services.services
    ]


def _incomplete_services(supply: _Supply | None) -> list[Text]:
    """Return a note for each service whose classes are only in part in the directory at hand."""
    if supply is None:
        return []
    return [
        Text(
            f"{service.title.es} está incompleto. {supply.missing[name].es}",
            f"{service.title.en} is incomplete. {supply.missing[name].en}",
        )
        for name, service in supply.services.services.items()
        if name in supply.missing
    ]


def _missing_variables(demand: Demand) -> list[NotComputed]:
    return [
        NotComputed(what=variable, reason=Label.of(reason))
        for variable, reason in demand.not_computed.items()
    ]


def _measure(
    demand: Demand,
    supply: _Supply | None,
    network: WalkNetwork | None,
    method: Method,
    not_computed: list[NotComputed],
) -> tuple[pd.DataFrame | None, dict[str, float]]:
    if supply is None:
        return None, network.statistics if network else {}
    if network is None:
        reason = Text(
            "No hay calles entre las fuentes: sin ellas no se mide ninguna caminata",
            "There are no streets among the sources: without them no walk is measured",
        )
        not_computed.append(NotComputed(what="acceso", reason=Label.of(reason)))
        return None, {}
    access, statistics = measure_reach(
        demand.cells, supply.centres, supply.services, network, method
    )
    cells = pd.concat([demand.cells.drop(columns="geometry", errors="ignore"), access], axis=1)
    services = {name: SERVICE_DEMAND[name] for name in supply.services.services}
    return with_deserts(cells, services, method), statistics


def _layers(
    folder: SourceFolder,
    inputs: Inputs,
    demand: Demand,
    supply: _Supply | None,
    cells: pd.DataFrame | None,
    method: Method,
) -> list[Layer]:
    titles = {n: s.title for n, s in supply.services.services.items()} if supply else {}
    layers = []
    for level, table in demand.tables.items():
        if not _whole(level, folder):
            continue
        filled = _with_supply(table, supply, level) if supply else table
        if cells is not None:
            services = {name: SERVICE_DEMAND[name] for name in titles}
            filled = add_access(filled, cells, level, services, method)
        layers.append(level_layer(level, filled, _shapes(level, inputs), titles))
    if supply is not None:
        layers.append(centres_layer(supply.centres[supply.own].reset_index(drop=True)))
    return layers


def _whole(level: Level, folder: SourceFolder) -> bool:
    """Say whether the places of a level are whole in this build, so that their figures are."""
    return level is not Level.STATE or all(
        len(place) == level.code_length for place in folder.places
    )


def _with_supply(table: pd.DataFrame, supply: _Supply, level: Level) -> pd.DataFrame:
    own = supply.own.to_numpy()
    centres = supply.centres[own]
    services = ServiceSupply(
        supply.services.services,
        supply.services.offers[own],
        supply.services.low[own],
        supply.services.central[own],
        supply.services.high[own],
    )
    categories = {care_classes()[scian].category for scian in supply.held}
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


def _places(folder: SourceFolder, demand: Demand) -> tuple[PlaceRecord, ...]:
    if not folder.places:
        return (PlaceRecord(code="MX", name="México"),)
    named: dict[str, str] = {}
    for level in (Level.STATE, Level.MUNICIPALITY):
        if level in demand.tables:
            table = demand.tables[level]
            named |= dict(zip(table["cvegeo"], table["name"].astype("object"), strict=True))
    return tuple(
        PlaceRecord(code=place, name=gazetteer().get(place) or str(named.get(place) or place))
        for place in folder.places
    )


def _bounds(layers: list[Layer]) -> tuple[float, float, float, float]:
    drawn = [layer.frame for layer in layers if layer.level and layer.frame.geometry.notna().any()]
    if not drawn:
        raise MissingInputError(
            Text("Ninguna fuente trae geometrías", "No source holds geometries"),
            remedy=Text("Dé límites de municipios, AGEB o manzanas",
                        "Give outlines of municipalities, AGEB or blocks"),
        )  # fmt: skip
    corners = [bounds(frame) for frame in drawn]
    return (
        min(corner[0] for corner in corners),
        min(corner[1] for corner in corners),
        max(corner[2] for corner in corners),
        max(corner[3] for corner in corners),
    )


def _focus(cells: pd.DataFrame) -> tuple[float, float, float, float] | None:
    """Return the box that leaves out 2 % of the people on each side, or None if none is placed."""
    placed = cells[cells["lon"].notna() & (cells["population"] > 0)]
    if placed.empty:
        return None
    edges = [
        _weighted_quantile(placed[axis], placed["population"], quantile)
        for axis in ("lon", "lat")
        for quantile in (_OUTSIDE_FOCUS, 1 - _OUTSIDE_FOCUS)
    ]
    west, east, south, north = edges
    return west, south, east, north


def _weighted_quantile(values: pd.Series, weights: pd.Series, quantile: float) -> float:
    order = values.argsort(kind="stable")
    share = weights.iloc[order].cumsum() / weights.sum()
    return round(float(values.iloc[order].iloc[int(share.searchsorted(quantile))]), 6)


def _write_report(atlas: Path, manifest: Manifest, progress: Progress) -> Path:
    folder = atlas / "reports"
    folder.mkdir(exist_ok=True)
    path = folder / f"{manifest.version}.json"
    report = {
        "version": manifest.version,
        "built": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "durations_s": {name: round(s, 3) for name, s in progress.durations_s.items()},
        "machine": {"system": platform.platform(), "python": platform.python_version()},
        "dropped": {record.role: record.dropped for record in manifest.sources},
    }
    path.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return path
