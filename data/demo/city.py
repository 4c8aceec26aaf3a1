"""The demo city drawn and written: the one entry point of the package."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.demo.blocks import spread
from data.demo.catalogue import catalogue_toml, metadata_text
from data.demo.census import add_levels, area_rows, locality_rows, with_averages
from data.demo.centres import COLUMNS, draw_establishments
from data.demo.dirt import planted_dirt, soil_areas, soil_establishments, soil_localities, soil_plan
from data.demo.economy import account_rows, input_output_bytes
from data.demo.frame import frame_layers
from data.demo.future import projection_rows
from data.demo.offers import CARE
from data.demo.people import block_setting, draw_people, rural_setting
from data.demo.plan import MUNICIPALITIES, STATE, Plan, make_plan
from data.demo.streetscape import environment_rows
from data.demo.terrain import terrain_bytes
from data.demo.writers import csv_bytes, shapefile_members, write_zip
from data.tables import GEOGRAPHIC_CRS, METRIC_CRS

# The rural locality that has no coordinates.
UNPLACED = f"{STATE}0010110"
_ALTITUDE_M = 1_905.0


@dataclass(frozen=True, slots=True)
class DrawnCity:
    """The demo city in memory, before anything is hidden or soiled.

    Parameters
    ----------
    plan
        Where everything is, in EPSG:6372.
    truth
        All census variables of every place by ``cvegeo`` (blocks, AGEB, localities,
        municipalities, the state), nothing hidden.
    establishments
        DENUE's columns as text, with ``geometry`` in EPSG:6372.
    rng
        Source of chance, for what is drawn while writing.
    """

    plan: Plan
    truth: pd.DataFrame
    establishments: pd.DataFrame
    rng: np.random.Generator


@dataclass(frozen=True, slots=True)
class DemoCity:
    """What was written.

    Parameters
    ----------
    folder
        Folder of sources, with its ``cuidados.toml``.
    places
        Codes of the municipalities.
    files
        Names of the files, sorted.
    population
        People of the whole territory.
    blocks, agebs, establishments, care_centres
        How many there are; establishments as rows of the file, centres before any is repeated.
    dirt
        How many faults of each kind were planted.
    """

    folder: Path
    places: tuple[str, ...]
    files: tuple[str, ...]
    population: int
    blocks: int
    agebs: int
    establishments: int
    care_centres: int
    dirt: Mapping[str, int]


def draw_city(seed: int = 2020) -> DrawnCity:
    """Draw the demo city.

    Parameters
    ----------
    seed
        Equal seeds draw equal cities.
    """
    rng = np.random.default_rng(seed)
    plan = make_plan(rng)
    blocks = plan.blocks
    lived_in = (blocks["use"] == "habitada").to_numpy(dtype=np.float64)
    hectares = spread(blocks["geometry"].to_numpy())
    setting = block_setting(list(blocks["zone"]), hectares, lived_in, rng)
    people = draw_people(list(blocks["cvegeo"]), setting, rng)
    farms = rural_setting(plan.rural["dwellings"].to_numpy(dtype=np.intp), rng)
    rural = draw_people(list(plan.rural["cvegeo"]), farms, rng)
    truth = with_averages(add_levels(people, rural))
    establishments = draw_establishments(plan, people.counts["POBTOT"].to_numpy(), rng)
    return DrawnCity(plan, truth, establishments, rng)


def write_demo_city(folder: Path, *, seed: int = 2020) -> DemoCity:
    """Write the demo city as a folder of sources, in INEGI's file names and layouts.

    The same seed writes the same bytes.

    Parameters
    ----------
    folder
        Created if missing; files of the same name are replaced.
    seed
        Which city is drawn.

    Returns
    -------
    DemoCity
        What was written.
    """
    city = draw_city(seed)
    names = dict(zip(city.plan.localities["cvegeo"], city.plan.localities["name"], strict=True))
    areas = area_rows(city.truth, names)
    environment = environment_rows(city.plan, areas, city.rng)
    areas = soil_areas(areas, city.rng)
    localities = soil_localities(locality_rows(city.truth, _spots(city.plan)), UNPLACED)
    establishments = soil_establishments(_with_coordinates(city.establishments), city.rng)
    layers = frame_layers(soil_plan(city.plan), UNPLACED)
    bom = "utf-8-sig"
    contents: dict[str, dict[str, bytes]] = {
        f"denue_{STATE}_csv.zip": {
            f"conjunto_de_datos/denue_inegi_{STATE}_.csv": csv_bytes(
                establishments[list(COLUMNS)], encoding="latin-1"
            ),
            "diccionario_de_datos/denue_diccionario_de_datos.csv": csv_bytes(
                pd.DataFrame({"Nombre del Atributo en csv": COLUMNS}), encoding="latin-1"
            ),
            "metadatos/metadatos_denue.txt": metadata_text("DENUE"),
        },
        f"ageb_mza_urbana_{STATE}_cpv2020_csv.zip": _census_members(
            f"ageb_mza_urbana_{STATE}_cpv2020", "ageb_urbana", f"{STATE}_cpv2020", areas, bom
        ),
        f"iter_{STATE}_cpv2020_csv.zip": _census_members(
            f"iter_{STATE}_cpv2020", "iter", f"{STATE}CSV20", localities, bom
        ),
        f"{STATE}_jacaranda.zip": {
            **shapefile_members(layers), "metadatos/metadatos.txt": metadata_text("Marco"),
        },
        f"eu_{STATE}_cpv2020_csv.zip": {
            f"conjunto_de_datos/eu_manzana_{STATE}_cpv2020.csv": csv_bytes(
                environment, encoding=bom
            ),
            "metadatos/metadatos_eu.txt": metadata_text("Entorno Urbano"),
        },
        f"proyecciones_{STATE}_csv.zip": {
            f"proyecciones_{STATE}.csv": csv_bytes(projection_rows(city.truth), encoding="utf-8"),
            "metadatos/metadatos_proyecciones.txt": metadata_text("Proyecciones"),
        },
    }  # fmt: skip
    contents[f"cuentas_sector_{STATE}_csv.zip"] = {
        f"cuentas_sector_{STATE}.csv": csv_bytes(account_rows(), encoding="utf-8"),
        "metadatos/metadatos_cuentas.txt": metadata_text("Cuentas por sector"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, members in contents.items():
        write_zip(folder / name, members)
    terrain = f"dem_{STATE}.tif"
    (folder / terrain).write_bytes(terrain_bytes())
    matrix = f"mip_ixi_br_{STATE}_d_2018.xlsx"
    (folder / matrix).write_bytes(input_output_bytes())
    places = tuple(STATE + key for key in MUNICIPALITIES)
    (folder / "cuidados.toml").write_text(catalogue_toml(places), encoding="utf-8", newline="\n")
    care = {offer.scian for offer in CARE}
    return DemoCity(
        folder=folder,
        places=places,
        files=tuple(sorted([*contents, terrain, matrix, "cuidados.toml"])),
        population=int(city.truth.loc[STATE, "POBTOT"]),
        blocks=len(city.plan.blocks),
        agebs=len(city.plan.agebs),
        establishments=len(establishments),
        care_centres=int(city.establishments["codigo_act"].isin(care).sum()),
        dirt=planted_dirt(),
    )


def _census_members(
    root: str, kind: str, suffix: str, table: pd.DataFrame, encoding: str
) -> dict[str, bytes]:
    words = pd.DataFrame({"numero": range(1, len(table.columns) + 1), "mnemonico": table.columns})
    return {
        f"{root}/conjunto_de_datos/conjunto_de_datos_{kind}_{suffix}.csv": csv_bytes(
            table, encoding=encoding
        ),
        f"{root}/diccionario_de_datos/diccionario_datos_{kind}_{suffix}.csv": csv_bytes(
            words, encoding=encoding
        ),
        f"{root}/metadatos/metadatos_{kind}_{suffix}.txt": metadata_text("Censo"),
    }


def _degrees(points: pd.Series) -> tuple[pd.Series, pd.Series]:
    placed = gpd.GeoSeries(list(points), crs=METRIC_CRS, index=points.index).to_crs(GEOGRAPHIC_CRS)
    return placed.x, placed.y


def _spots(plan: Plan) -> pd.DataFrame:
    """Return every locality with its coordinates in degrees and its height above the sea."""
    plazas = plan.blocks[plan.blocks["use"] == "plaza"]
    seats = plazas.set_index(plazas["cvegeo"].str[:9])["geometry"].map(shapely.centroid)
    urban = plan.localities.assign(geometry=list(seats.loc[plan.localities["cvegeo"]]))
    columns = ["cvegeo", "name", "geometry"]
    table = pd.concat([urban[columns], plan.rural[columns]], ignore_index=True)
    lon, lat = _degrees(table["geometry"])
    west = table["geometry"].map(lambda point: point.x).min()
    height = [_ALTITUDE_M - (point.x - west) / 130.0 for point in table["geometry"]]
    return table.drop(columns="geometry").assign(lon=lon, lat=lat, altitude=height)


def _with_coordinates(table: pd.DataFrame) -> pd.DataFrame:
    lon, lat = _degrees(table["geometry"])
    return table.assign(
        longitud=[f"{value:.8f}" for value in lon], latitud=[f"{value:.8f}" for value in lat]
    ).drop(columns="geometry")
