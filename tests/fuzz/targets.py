"""What meets bytes from outside: every reader of files and every parser of parameters.

A target takes bytes and either understands them or raises a :class:`data.errors.CareError`;
anything else that is raised is a fault. `python tests/fuzz/fuzz.py` feeds them without end.
"""

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import orjson
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.archive import TileArchive
from api.cql import read_filter
from api.crs import find_crs
from api.media import Format, negotiate
from api.planning_commands import read_points
from api.selection import RowsQuery, select
from data.boundaries import read_boundaries
from data.catalog import open_source_folder
from data.census import read_census_areas, read_census_localities
from data.classification import load_codebooks
from data.denue import read_establishments
from data.elevation import open_elevation
from data.environment import read_environment
from data.errors import CareError
from data.inputoutput import read_industry_accounts, read_input_output
from data.marginacion import read_marginalisation
from data.objects import Objects
from data.projections import read_projections
from data.streets import read_streets
from data.tables import METRIC_CRS, Level
from data.water_green import read_water_green
from geo.artifacts import read_manifest
from geo.demand.care_load import read_care_weights
from geo.demand.entitlement import read_age_rates
from geo.editions import read_edition
from geo.grid.zones import read_polygons
from geo.method import load_method
from geo.scenarios.scenario import read_scenario as read_changes
from geo.scenarios.siting_request import read_request
from geo.search.words import read_query
from geo.simulator.report import read_scenario
from geo.simulator.scenario import check_scenario

_LINES = 60
_VARIABLES = ("POBTOT", "P_0A2", "P_60YMAS", "PCON_DISC")
_RATES = b"""affiliation,age_min,age_max,rate,source
imss,0,2,0.4,a survey
imss,3,5,0.4,a survey
imss,6,11,0.4,a survey
imss,12,64,0.8,a survey
imss,65,,0.2,a survey
"""
_WEIGHTS = b"""age_min,age_max,weight
0,14,2
15,64,1
65,,1.5
"""
_POLYGONS = b"""{"type": "FeatureCollection", "features": [{"type": "Feature",
"properties": {"name": "a"}, "geometry": {"type": "Polygon",
"coordinates": [[[-102, 21], [-101, 21], [-101, 22], [-102, 21]]]}}]}"""
_POINTS = b"""{"type": "FeatureCollection", "features": [{"type": "Feature",
"properties": {"id": "a", "places": 30, "cost": 1.5},
"geometry": {"type": "Point", "coordinates": [-102.3, 21.9]}}]}"""
_CHANGES = b"""{"type": "FeatureCollection", "scenario": {"title": "a", "profile": "general"},
"features": [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [-102.3, 21.9]},
"properties": {"change": "abrir", "services": ["guarderia"], "places": 60}}]}"""
_SITES = b"""{"service": "guarderia", "sites": 2, "minutes": 15, "goal": "personas",
"candidates": [{"id": "a", "lon": -102.3, "lat": 21.9}]}"""
_RUN = b"""{"plans": [{"service": "guarderia_0_2", "coverage": [0.1, 0.5]}]}"""
_INPUT_OUTPUT = b"""row,23_construccion,62_salud,CP,X
23_construccion,20,30,40,10
62_salud,10,0,70,0
importaciones_cif,15,10,5,0
impuestos_netos_productos,5,4,3,0
valor_agregado_bruto,50,36,0,0
"""
# What the interface answers with 400, 406 or 422: as good as an error of ours.
REFUSALS = (CareError, ValidationError, HTTPException)


@dataclass(frozen=True, slots=True)
class Target:
    """Something that reads bytes.

    Parameters
    ----------
    suffix
        Ending of the file the bytes come in; empty where they come as text.
    read
        The reader; it is given the file, or the text.
    seed
        Name of the demo city's file that is a good input; of an archive its largest table, where
        the target reads tables.
    example
        A good input where the demo city has none.
    examples
        Good inputs of what understands more than one kind.
    """

    read: Callable[..., object]
    suffix: str = ""
    seed: str = ""
    example: bytes = b""
    examples: tuple[bytes, ...] = ()

    def refusal(self, content: bytes, folder: Path) -> Exception | None:
        """Read the bytes and return why they are refused, or None if they are understood."""
        try:
            if self.suffix:
                path = folder / f"input{self.suffix}"
                path.write_bytes(content)
                self.read(path)
            else:
                self.read(content.decode("utf-8", "replace"))
        except REFUSALS as error:
            return error
        return None


def _as(name: str, read: Callable[[Path], object]) -> Callable[[Path], object]:
    """Return a reader of a folder that holds the file under its proper name."""

    def within(path: Path) -> object:
        return read(path.rename(path.with_name(name)).parent)

    return within


def _tiles(path: Path) -> None:
    archive = TileArchive(path)
    for z in range(8):
        archive.tile(z, (1 << z) // 4, (1 << z) // 2)


def _request(headers: Mapping[str, str]) -> Request:
    raw = [(key.encode(), value.encode("utf-8", "replace")) for key, value in headers.items()]
    return Request({"type": "http", "headers": raw})


def _negotiate(text: str) -> None:
    offers = (Format("json", "application/json"), Format("html", "text/html"))
    negotiate(_request({"accept": text}), None, offers)


def _document(check: Callable[[Any], object]) -> Callable[[str], object]:
    """Return a reader of JSON: what is none never reaches the check, as in the interface."""

    def read(text: str) -> object:
        try:
            content = orjson.loads(text.encode("utf-8", "replace"))
        except orjson.JSONDecodeError:
            return None
        return check(content)

    return read


def _heights(path: Path) -> object:
    at = np.array([2_500_000.0, 2_700_000.0])
    return open_elevation([path]).heights(at, at - 1_500_000, crs=METRIC_CRS)


def _water_green(path: Path) -> object:
    return read_water_green([path])


READERS: Mapping[str, Target] = MappingProxyType({
    "denue": Target(
        lambda path: read_establishments([path]), ".csv", "denue_99_csv.zip"
    ),
    "denue archive": Target(
        lambda path: read_establishments([path]), ".zip", "denue_99_csv.zip"
    ),
    "census of blocks": Target(
        lambda path: read_census_areas([path], _VARIABLES), ".csv",
        "ageb_mza_urbana_99_cpv2020_csv.zip",
    ),
    "census of localities": Target(
        lambda path: read_census_localities([path], _VARIABLES), ".csv",
        "iter_99_cpv2020_csv.zip",
    ),
    "environment": Target(
        lambda path: read_environment([path]), ".csv", "eu_99_cpv2020_csv.zip"
    ),
    "projections": Target(
        lambda path: read_projections([path]), ".csv", "proyecciones_99_csv.zip"
    ),
    "marginalisation": Target(lambda path: read_marginalisation([path]), ".csv"),
    "boundaries archive": Target(
        lambda path: read_boundaries([path], Level.AGEB), ".zip", "99_jacaranda.zip"
    ),
    "streets archive": Target(
        lambda path: read_streets([path]), ".zip", "99_jacaranda.zip"
    ),
    "streets of OpenStreetMap": Target(lambda path: read_streets([path]), ".osm"),
    "streets as protobuf": Target(lambda path: read_streets([path]), ".osm.pbf"),
    "water and green areas": Target(_water_green, ".zip", "99_jacaranda.zip"),
    "areas of OpenStreetMap": Target(_water_green, ".osm"),
    "areas as protobuf": Target(_water_green, ".osm.pbf"),
    "elevation": Target(_heights, ".tif", "dem_99.tif"),
    "input-output table": Target(read_input_output, ".csv", example=_INPUT_OUTPUT),
    "input-output workbook": Target(
        read_input_output, ".xlsx", "mip_ixi_br_99_d_2018.xlsx"
    ),
    "accounts of industries": Target(
        read_industry_accounts, ".csv", "cuentas_sector_99_csv.zip"
    ),
    "description of sources": Target(
        _as("cuidados.toml", open_source_folder), ".toml", "cuidados.toml"
    ),
    "method": Target(load_method, ".toml"),
    "name rules": Target(_as("name_rules.csv", load_codebooks), ".csv"),
    "rates of affiliation": Target(read_age_rates, ".csv", example=_RATES),
    "weights of care": Target(lambda path: read_care_weights(str(path)), ".csv", example=_WEIGHTS),
    "polygons": Target(read_polygons, ".geojson", example=_POLYGONS),
    "polygons of GeoPackage": Target(read_polygons, ".gpkg"),
    "polygons of FlatGeobuf": Target(read_polygons, ".fgb"),
    "polygons of GeoParquet": Target(read_polygons, ".parquet"),
    "candidates for a site": Target(read_points, ".json", example=_POINTS),
    "run of the simulator": Target(read_scenario, ".json", example=_RUN),
    "edition of the directory": Target(read_edition, ".csv", "denue_99_csv.zip"),
    "manifest": Target(_as("manifest.json", read_manifest), ".json"),
    "tile archive": Target(_tiles, ".pmtiles"),
})  # fmt: skip


def parsers(table: object) -> Mapping[str, Target]:
    """Return the parsers of what a request may say, over a layer's table."""

    def rows(**parameters: str) -> object:
        return select(table, RowsQuery.model_validate(parameters))  # type: ignore[arg-type]

    return {
        "filter": Target(lambda text: rows(filter=text)),
        "filter as JSON": Target(lambda text: rows(filter=text, **{"filter-lang": "cql2-json"})),
        "filter alone": Target(read_filter),
        "bbox": Target(lambda text: rows(bbox=text)),
        "datetime": Target(lambda text: rows(datetime=text)),
        "sortby": Target(lambda text: rows(sortby=text)),
        "properties": Target(lambda text: rows(properties=text)),
        "crs": Target(lambda text: find_crs(text, "crs")),
        "accept": Target(_negotiate),
        "words": Target(read_query),
        "scenario of the simulator": Target(_document(check_scenario), example=_RUN),
        "changes of a scenario": Target(_document(read_changes), example=_CHANGES),
        "what is to be sited": Target(_document(read_request), example=_SITES),
        "address of a store": Target(Objects),
    }


def seed_of(target: Target, sources: Path) -> bytes:
    """Return a good input of a target from the demo city's files, or nothing where it has none."""
    if not target.seed:
        return target.example
    if target.suffix == ".zip" or not target.seed.endswith(".zip"):
        return (sources / target.seed).read_bytes()
    with zipfile.ZipFile(sources / target.seed) as archive:
        tables = [info for info in archive.infolist() if info.filename.lower().endswith(".csv")]
        table = archive.read(max(tables, key=lambda info: info.file_size))
    return b"".join(table.splitlines(keepends=True)[:_LINES])
