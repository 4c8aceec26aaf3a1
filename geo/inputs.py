"""Reading every source a build has, and the record of what was read and dropped."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from data.boundaries import read_boundaries
from data.catalog import SourceFile, SourceFolder
from data.census import CensusReading, read_census_areas, read_census_localities
from data.denue import read_establishments
from data.elevation import Elevation, open_elevation
from data.environment import read_environment
from data.errors import InputError, Where
from data.inputoutput import (
    InputOutputTable,
    read_industry_accounts,
    read_input_output,
)
from data.marginacion import read_marginalisation
from data.projections import read_projections
from data.streets import read_streets
from data.tables import Dropped, Level
from data.texts import Text
from data.water_green import read_water_green
from geo.artifacts import Label, SourceRecord, record_file
from geo.progress import Progress

_BOUNDARY_ROLES: Mapping[str, Level] = {
    "states": Level.STATE,
    "municipalities": Level.MUNICIPALITY,
    "localities": Level.LOCALITY,
    "agebs": Level.AGEB,
    "blocks": Level.BLOCK,
}
_MONEY_ROLES = ("input_output", "industry_accounts")
_TITLES: Mapping[str, Text] = {
    "denue": Text("Leyendo establecimientos", "Reading establishments"),
    "census_areas": Text("Leyendo el censo por AGEB y manzana", "Reading the census by block"),
    "census_localities": Text("Leyendo el censo por localidad", "Reading the census by locality"),
    "census_municipalities": Text("Leyendo el censo por municipio", "Reading municipal census"),
    "states": Text("Leyendo límites de entidades", "Reading state boundaries"),
    "municipalities": Text("Leyendo límites de municipios", "Reading municipal boundaries"),
    "localities": Text("Leyendo límites de localidades", "Reading locality boundaries"),
    "agebs": Text("Leyendo límites de AGEB", "Reading AGEB boundaries"),
    "blocks": Text("Leyendo manzanas", "Reading blocks"),
    "environment": Text("Leyendo el entorno urbano", "Reading the urban environment"),
    "streets": Text("Leyendo calles", "Reading streets"),
    "water_green": Text("Leyendo agua y áreas verdes", "Reading water and green areas"),
    "projections": Text("Leyendo las proyecciones", "Reading the projections"),
    "marginacion": Text("Leyendo la marginación", "Reading marginalisation"),
    "input_output": Text("Leyendo la matriz de insumo-producto", "Reading the input-output matrix"),
    "industry_accounts": Text("Leyendo las cuentas por sector", "Reading accounts by industry"),
    "dem": Text("Abriendo el modelo de elevación", "Opening the elevation model"),
}


@dataclass(slots=True)
class Inputs:
    """Checked tables of one build, each None where the build has no such source.

    Parameters
    ----------
    establishments
        DENUE rows of the classes of care.
    census
        Census readings by role, with their confidential cells.
    boundaries
        Outlines by level.
    environment
        Item codes by block.
    streets
        Street lines.
    water_green
        Water, green areas and squares.
    projections
        CONAPO's population by municipality, year and age.
    marginalisation
        Index of marginalisation by place.
    elevation
        Model of heights; only what lies along streets is ever read.
    input_output, industry_accounts
        Input-output table, and jobs and pay by industry.
    records
        What was read of each source, for the manifest.
    """

    establishments: gpd.GeoDataFrame | None = None
    census: dict[str, CensusReading] = field(default_factory=dict)
    boundaries: dict[Level, gpd.GeoDataFrame] = field(default_factory=dict)
    environment: pd.DataFrame | None = None
    streets: gpd.GeoDataFrame | None = None
    water_green: gpd.GeoDataFrame | None = None
    elevation: Elevation | None = None
    projections: pd.DataFrame | None = None
    marginalisation: pd.DataFrame | None = None
    input_output: InputOutputTable | None = None
    industry_accounts: pd.DataFrame | None = None
    records: list[SourceRecord] = field(default_factory=list)

    @property
    def licences(self) -> dict[str, str]:
        """Licence of each source read, by role."""
        return {record.role: record.licence for record in self.records}


def read_inputs(
    folder: SourceFolder,
    *,
    classes: tuple[str, ...],
    variables: tuple[str, ...],
    progress: Progress,
    optional: tuple[str, ...] = (),
) -> Inputs:
    """Read every source of a folder through its reader.

    Parameters
    ----------
    folder
        The sources and the places they are read for.
    classes
        SCIAN classes to keep of DENUE.
    variables
        Census variables to read.
    progress
        Told of each source.
    optional
        Census variables a file may lack, further ones or some of ``variables``.

    Raises
    ------
    CareError
        Whatever a reader says is wrong with its file.
    """
    inputs = Inputs()
    for role, source in folder.files.items():
        with progress.step(f"read {role}", _TITLES[role]):
            table, dropped = _read(inputs, role, source, folder, classes, variables, optional)
            inputs.records.append(_record(source, table, dropped))
    return inputs


def _read(
    inputs: Inputs,
    role: str,
    source: SourceFile,
    folder: SourceFolder,
    classes: tuple[str, ...],
    variables: tuple[str, ...],
    optional: tuple[str, ...],
) -> tuple[pd.DataFrame, Dropped]:
    if role.startswith("census_"):
        read = read_census_localities if role == "census_localities" else read_census_areas
        census = read(
            source.paths, tuple(dict.fromkeys((*variables, *optional))), columns=source.columns,
            absent=source.absent, optional=optional, place=folder.places,
        )  # fmt: skip
        inputs.census[role] = census
        return census.table, census.dropped
    if role == "dem":
        inputs.elevation = open_elevation(source.paths)
        # A model of heights has no rows but cells, and none is left out.
        return pd.DataFrame(index=range(inputs.elevation.cells)), Dropped()
    if role in _MONEY_ROLES:
        return _read_money(inputs, role, source), Dropped()
    if role == "denue":
        # Whole states: centres just outside a municipality are walked to from inside it.
        reading = read_establishments(
            source.paths, columns=source.columns, absent=source.absent, classes=classes,
            place=sorted({place[:2] for place in folder.places}),
        )  # fmt: skip
        inputs.establishments = gpd.GeoDataFrame(reading.table)
    elif role in _BOUNDARY_ROLES:
        level = _BOUNDARY_ROLES[role]
        reading = read_boundaries(source.paths, level, columns=source.columns, place=folder.places)
        inputs.boundaries[level] = gpd.GeoDataFrame(reading.table)
    elif role == "projections":
        reading = read_projections(
            source.paths, columns=dict(source.columns), absent=source.absent, place=folder.places
        )
        inputs.projections = reading.table
    elif role == "environment":
        reading = read_environment(source.paths, place=folder.places)
        inputs.environment = reading.table
    elif role == "water_green":
        reading = read_water_green(source.paths, columns=source.columns)
        inputs.water_green = gpd.GeoDataFrame(reading.table)
    elif role == "marginacion":
        reading = read_marginalisation(
            source.paths, columns=source.columns, absent=source.absent, place=folder.places
        )
        inputs.marginalisation = reading.table
    else:
        reading = read_streets(source.paths, columns=source.columns)
        inputs.streets = gpd.GeoDataFrame(reading.table)
    return reading.table, reading.dropped


def _read_money(inputs: Inputs, role: str, source: SourceFile) -> pd.DataFrame:
    """Read a table of the economy; nothing of it is left out."""
    if len(source.paths) != 1:
        raise InputError(
            Text("La matriz y las cuentas por sector son un archivo cada una",
                 "The matrix and the accounts by industry are one file each"),
            where=Where(column=f"sources.{role}", value=len(source.paths)),
            remedy=Text("Deje uno: el de la entidad o el nacional",
                        "Leave one: that of the state or the national one"),
        )  # fmt: skip
    if role == "industry_accounts":
        inputs.industry_accounts = read_industry_accounts(source.paths[0])
        return inputs.industry_accounts
    inputs.input_output = read_input_output(source.paths[0])
    return pd.DataFrame(index=range(len(inputs.input_output.industries)))


def _record(source: SourceFile, table: pd.DataFrame, dropped: Dropped) -> SourceRecord:
    return SourceRecord(
        role=source.role,
        title=Label.of(source.title),
        edition=source.edition,
        publisher=source.publisher,
        licence=source.licence,
        url=source.url,
        files=tuple(record_file(path) for path in source.paths),
        rows=len(table),
        dropped={code: dict(record) for code, record in dropped.as_record().items()},
        notes=tuple(Label.of(note) for note in source.notes),
    )
