"""A country of Mexico's size in INEGI's layouts, written state by state.

Localities stand at their true coordinates with their true populations. Towns are made of squares of
500 m cut out of two real cities, streets and blocks as INEGI drew them, with a street around each
square so that neighbours hang together. Groups of people are drawn from national shares; counts of
one or two are hidden as the census hides them. What blocks' streets have, marginalisation and
projections come with them (:mod:`benchmarks.national_tables`). Nothing made here says anything of a
real place.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from benchmarks.national_tables import (
    write_environment,
    write_marginalisation,
    write_projections,
)
from data.catalog import catalog
from data.demo.census import sexagesimal
from data.demo.writers import csv_bytes, layer, shapefile_members, write_zip
from data.tables import GEOGRAPHIC_CRS, METRIC_CRS

SIDE_M = 500.0
BLOCKS = 1_600_000
CENTRES = 400_000
# The census calls a locality urban from this many people on.
URBAN_PEOPLE = 2500
_SEED = 2020
_MOST_SQUARES = 990  # AGEB of one locality: three digits
# Share of the people counted by each variable, national figures of 2020 to two digits or nearly.
SHARES = {
    "P_0A2": 0.046, "P_3A5": 0.052, "P_6A11": 0.106, "P_12A14": 0.053, "P_60YMAS": 0.12,
    "POB65_MAS": 0.082, "PCON_DISC": 0.049, "PCDISC_MOT": 0.023, "PCDISC_VIS": 0.02,
    "PCDISC_LENG": 0.007, "PCDISC_AUD": 0.01, "PCDISC_MOT2": 0.009, "PCDISC_MEN": 0.009,
    "P_3YMAS": 0.954, "P_12YMAS": 0.796, "P_15YMAS": 0.743, "POB0_14": 0.257, "POB15_64": 0.661,
    "P_12YMAS_F": 0.411, "PEA_F": 0.2, "P_12YMAS_M": 0.385, "PEA_M": 0.29, "PDER_SS": 0.735,
    "PDER_IMSS": 0.376, "PDER_ISTE": 0.057, "PDER_ISTEE": 0.009, "PAFIL_PDOM": 0.01,
    "PDER_SEGP": 0.26, "PDER_IMSSB": 0.01, "PAFIL_IPRIV": 0.02, "PSINDER": 0.262,
}  # fmt: skip
VARIABLES = ("POBTOT", *SHARES, "TVIVHAB")
# Classes of centres, with their share of all and the names that rules read.
CLASSES = (
    ("611121", 0.14, ("PRIMARIA BENITO JUAREZ",)), ("611122", 0.33, ("ESCUELA PRIMARIA",)),
    ("611111", 0.09, ("JARDIN DE NIÑOS PARTICULAR",)), ("611112", 0.33, ("JARDIN DE NIÑOS",)),
    ("624411", 0.05, ("GUARDERIA INFANTIL", "ESTANCIA INFANTIL")),
    ("624412", 0.02, ("GUARDERIA IMSS", "CENDI", "GUARDERIA ISSSTE")),
    ("623311", 0.01, ("ASILO DE ANCIANOS",)), ("623312", 0.01, ("CASA HOGAR",)),
    ("624121", 0.01, ("CLUB DE LA TERCERA EDAD",)), ("624122", 0.01, ("CENTRO GERONTOLOGICO DIF",)),
)  # fmt: skip
_BANDS = ("0 a 5 personas", "6 a 10 personas", "11 a 30 personas")


@dataclass(frozen=True, slots=True)
class Square:
    """A square of a real city, its corner at the origin."""

    blocks: npt.NDArray[np.object_]
    streets: npt.NDArray[np.object_]


def cut_squares(real: Path) -> list[Square]:
    """Cut two real cities into squares; those with few blocks are left out."""
    found = []
    for city in ("aguascalientes", "veracruz"):
        folder = real / "cities" / city
        blocks = gpd.read_parquet(folder / "manzanas_inegi_2007_10.parquet").to_crs(METRIC_CRS)
        lines = gpd.read_parquet(folder / "vias_inegi_2007_10_raw.parquet").to_crs(METRIC_CRS)
        streets = shapely.get_parts(lines.geometry.to_numpy())
        inside = blocks.geometry.representative_point()
        column = np.floor(inside.x / SIDE_M).astype(int)
        row = np.floor(inside.y / SIDE_M).astype(int)
        tree = shapely.STRtree(streets)
        for (x, y), rows in blocks.groupby([column, row]):
            if len(rows) < 20:
                continue
            corner = np.array([x * SIDE_M, y * SIDE_M])
            box = shapely.box(*corner, *(corner + SIDE_M))
            parts = shapely.get_parts(shapely.intersection(streets[tree.query(box)], box))
            parts = parts[(shapely.get_type_id(parts) == 1) & ~shapely.is_empty(parts)]
            moved = [
                shapely.transform(shapes, lambda at, by=corner: at - by)
                for shapes in (rows.geometry.to_numpy(), np.append(parts, shapely.boundary(box)))
            ]
            found.append(Square(*moved))
    return found


def places(real: Path, fraction: float) -> pd.DataFrame:
    """Return the localities of the first municipalities, by code, that hold a fraction.

    One too large for what is left is passed over, up to the end of its state.
    """
    table = pd.read_parquet(real / "census" / "localities_national_2020.parquet")
    table = table.sort_values("cvegeo", ignore_index=True)
    table = table[table["longitud"].notna() & ~table["loc"].isin(["0000", "9998", "9999"])]
    urban = table["pobtot"].where(table["pobtot"] >= URBAN_PEOPLE, 0.0)
    municipality = table["cvegeo"].str[:5]
    room = fraction * urban.sum() * 1.0000001
    kept: list[str] = []
    for code, people in urban.groupby(municipality).sum().items():
        if people <= room:
            room -= people
            kept.append(str(code))
        elif kept and kept[-1][:2] != str(code)[:2]:
            break
    return table[municipality.isin(kept)].reset_index(drop=True)


def write_country(
    folder: Path, real: Path, fraction: float, *, only: tuple[str, ...] = ()
) -> dict[str, int]:
    """Write the sources of a fraction of the country and return what was written.

    Parameters
    ----------
    folder
        Folder of sources to make, INEGI's names.
    real
        The real files streets, blocks, localities and outlines are taken from.
    fraction
        Share of the urban people, in the order of codes.
    only
        Municipalities to write, whatever their share; none for those of the fraction.
    """
    rng = np.random.default_rng(_SEED)
    folder.mkdir(parents=True, exist_ok=True)
    squares = cut_squares(real)
    every = pd.read_parquet(real / "census" / "localities_national_2020.parquet")
    urban_people = float(every.loc[every["pobtot"] >= URBAN_PEOPLE, "pobtot"].sum())
    table = every[every["cvegeo"].str.startswith(only)] if only else places(real, fraction)
    outlines = gpd.read_parquet(real / "geometry" / "municipalities_simplified.parquet")
    if "cvegeo" not in outlines:
        outlines = outlines.rename(columns={outlines.columns[0]: "cvegeo"})
    taken: set[tuple[int, int]] = set()
    counted = ("blocks", "localities", "centres", "people", "street_lines", "street_vertices")
    totals = dict.fromkeys(counted, 0)
    for state, rows in table.groupby(table["cvegeo"].str[:2]):
        town = _State(str(state), rows.reset_index(drop=True), squares, taken, rng)
        town.settle(BLOCKS / urban_people)
        if not town.blocks:
            continue
        town.write(folder, outlines, CENTRES * rows["pobtot"].sum() / every["pobtot"].sum(), real)
        for name, count in town.counts.items():
            totals[name] += count
        print(state, totals, file=sys.stderr, flush=True)
    return totals


class _State:
    """One state: its towns laid out in squares, then written."""

    def __init__(
        self, code: str, rows: pd.DataFrame, squares: list[Square],
        taken: set[tuple[int, int]], rng: np.random.Generator,
    ) -> None:  # fmt: skip
        self.code, self.rows, self.squares, self.taken, self.rng = code, rows, squares, taken, rng
        points = gpd.GeoSeries(
            gpd.points_from_xy(rows["longitud"], rows["latitud"]), crs=GEOGRAPHIC_CRS
        ).to_crs(METRIC_CRS)  # fmt: skip
        self.x, self.y = points.x.to_numpy(), points.y.to_numpy()
        self.counts: dict[str, int] = {}
        self.agebs: list[tuple[str, int, int]] = []
        self.blocks: list[tuple[str, npt.NDArray[np.object_], npt.NDArray[np.str_]]] = []
        self.streets: list[npt.NDArray[np.object_]] = []

    def settle(self, blocks_per_person: float) -> None:
        """Give each town the free squares nearest to it, until it has its blocks."""
        urban = np.flatnonzero(self.rows["pobtot"] >= URBAN_PEOPLE)
        for at in urban:
            code = str(self.rows["cvegeo"][at])
            wanted = max(20, round(float(self.rows["pobtot"][at]) * blocks_per_person))
            for number, (column, row) in enumerate(self._free(at), start=1):
                square = self.squares[int(self.rng.integers(len(self.squares)))]
                some = min(wanted, len(square.blocks))
                ageb = f"{code}{number:03d}{number % 10}"
                corner = np.array([column * SIDE_M, row * SIDE_M])
                codes = np.array([f"{ageb}{n:03d}" for n in range(1, some + 1)])
                self.blocks.append((ageb, _moved(square.blocks[:some], corner), codes))
                self.streets.append(_moved(square.streets, corner))
                self.agebs.append((ageb, column, row))
                wanted -= some
                if wanted <= 0 or number == _MOST_SQUARES:
                    break

    def _free(self, at: int):  # noqa: ANN202 — squares, from the nearest on
        x, y = int(self.x[at] // SIDE_M), int(self.y[at] // SIDE_M)
        for ring in range(200):
            steps = range(-ring, ring + 1)
            edge = [(x + i, y + j) for i in steps for j in steps if max(abs(i), abs(j)) == ring]
            for square in edge:
                if square not in self.taken:
                    self.taken.add(square)
                    yield square

    def write(self, folder: Path, outlines: gpd.GeoDataFrame, centres: float, real: Path) -> None:
        """Write every source of the state."""
        name = catalog().states[self.code]
        codes = np.concatenate([codes for _, _, codes in self.blocks])
        shapes = np.concatenate([shapes for _, shapes, _ in self.blocks])
        people = self._people(codes)
        counts = self._counts(people)
        self._write_census(folder, name, codes, counts)
        self._write_frame(folder, name, codes, shapes, outlines)
        made = self._write_centres(folder, codes, shapes, people, int(centres))
        write_environment(folder, self.code, name, codes, self.rng)
        write_marginalisation(folder, self.code, [a for a, _, _ in self.agebs], real, self.rng)
        write_projections(folder, self.code, set(self.rows["cvegeo"].str[:5]), real)
        lines = np.concatenate(self.streets)
        self.counts = {
            "blocks": len(codes), "localities": len(self.rows), "centres": made,
            "people": int(self.rows["pobtot"].sum()), "street_lines": len(lines),
            "street_vertices": int(shapely.get_num_coordinates(lines).sum()),
        }  # fmt: skip

    def _people(self, codes: npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
        """Return the people of each block, then those of each rural locality, in order."""
        town = pd.Series(codes).str[:9]
        size = town.map(town.value_counts())
        mean = town.map(self.rows.set_index("cvegeo")["pobtot"]) / size
        spread = self.rng.gamma(4.0, mean.to_numpy() / 4.0)
        return np.round(spread).astype(np.int64)

    def _counts(self, people: npt.NDArray[np.int64]) -> pd.DataFrame:
        made = {"POBTOT": people}
        for variable, share in SHARES.items():
            made[variable] = self.rng.binomial(people, share)
        made["TVIVHAB"] = np.ceil(people / 3.6).astype(np.int64)
        return pd.DataFrame(made)

    def _write_census(
        self, folder: Path, name: str, codes: npt.NDArray[np.str_], counts: pd.DataFrame
    ) -> None:
        blocks = counts.set_index(pd.Index(codes))
        agebs = blocks.groupby(blocks.index.str[:13]).sum()
        towns = blocks.groupby(blocks.index.str[:9]).sum()
        rural = self.rows[~self.rows["cvegeo"].isin(towns.index)]
        country = self._counts(rural["pobtot"].to_numpy("int64")).set_index(
            pd.Index(rural["cvegeo"])
        )
        localities = pd.concat([towns, country]).sort_index()
        municipalities = localities.groupby(localities.index.str[:5]).sum()
        whole = municipalities.groupby(municipalities.index.str[:2]).sum()
        areas = pd.concat([whole, municipalities, towns, agebs, blocks]).sort_index()
        place = self._places(areas.index, name)
        text = areas.astype("str")
        length = areas.index.str.len().to_numpy()
        small = areas.isin([1, 2]) & (length >= 13).reshape(-1, 1)
        few = (areas["TVIVHAB"].between(1, 2).to_numpy() & (length >= 13)).reshape(-1, 1)
        hidden = small | few
        hidden[["POBTOT", "TVIVHAB"]] = False
        urban = pd.concat([place, text.mask(hidden, "*")], axis=1)
        root = f"ageb_mza_urbana_{self.code}_cpv2020"
        write_zip(folder / f"{root}_csv.zip", {
            f"{root}/conjunto_de_datos/conjunto_de_datos_ageb_urbana_{self.code}_cpv2020.csv":
                csv_bytes(urban, encoding="utf-8-sig"),
        })  # fmt: skip
        self._write_localities(folder, name, pd.concat([whole, municipalities, localities]))

    def _places(self, index: pd.Index, name: str) -> pd.DataFrame:
        codes = index.to_series()
        return pd.DataFrame({
            "ENTIDAD": self.code, "NOM_ENT": name,
            "MUN": codes.str[2:5].replace("", "000"), "NOM_MUN": codes.str[2:5],
            "LOC": codes.str[5:9].replace("", "0000"), "NOM_LOC": codes.str[5:9],
            "AGEB": codes.str[9:13].replace("", "0000"), "MZA": codes.str[13:].replace("", "000"),
        })  # fmt: skip

    def _write_localities(self, folder: Path, name: str, counts: pd.DataFrame) -> None:
        counts = counts.sort_index()
        place = self._places(counts.index, name).drop(columns=["AGEB", "MZA"])
        known = self.rows.set_index("cvegeo").reindex(counts.index)
        place["NOM_LOC"] = known["nom_loc"].fillna("Total")
        for column, source, side in (("LONGITUD", "longitud", "W"), ("LATITUD", "latitud", "N")):
            place[column] = [
                "" if np.isnan(v) else sexagesimal(float(v), side) for v in known[source]
            ]
        place["ALTITUD"] = known["altitud"].map(lambda v: "" if np.isnan(v) else f"{int(v):04d}")
        few = (counts["TVIVHAB"].between(1, 2) & (counts.index.str.len() == 9)).to_numpy()
        shown = counts.astype("str")
        shown.loc[few, [c for c in shown if c not in ("POBTOT", "TVIVHAB")]] = "*"
        table = pd.concat([place, shown], axis=1)
        root = f"iter_{self.code}_cpv2020"
        write_zip(folder / f"{root}_csv.zip", {
            f"{root}/conjunto_de_datos/conjunto_de_datos_iter_{self.code}CSV20.csv":
                csv_bytes(table, encoding="utf-8-sig"),
        })  # fmt: skip

    def _write_frame(
        self, folder: Path, name: str, codes: npt.NDArray[np.str_],
        shapes: npt.NDArray[np.object_], outlines: gpd.GeoDataFrame,
    ) -> None:  # fmt: skip
        block = pd.DataFrame({"CVEGEO": codes, "AMBITO": "Urbana", "TIPOMZA": "Típica"})
        ageb = [code for code, _, _ in self.agebs]
        corners = np.array([(column, row) for _, column, row in self.agebs]) * SIDE_M
        boxes = shapely.box(*corners.T, *(corners + SIDE_M).T)
        own = outlines[outlines["cvegeo"].isin(set(self.rows["cvegeo"].str[:5]))].to_crs(METRIC_CRS)
        towns = gpd.GeoSeries(boxes).groupby(pd.Series(ageb).str[:9]).apply(shapely.union_all)
        lines = np.concatenate(self.streets)
        street = pd.DataFrame({
            "CVEGEO": [f"{n:09d}" for n in range(len(lines))], "NOMVIAL": "Calle",
            "TIPOVIAL": "Calle", "SENTIDO": "Dos sentidos",
        })  # fmt: skip
        layers = {
            f"{self.code}ent": layer(
                pd.DataFrame({"CVEGEO": [self.code], "NOMGEO": [name]}),
                pd.Series([own.geometry.union_all()]),
            ),
            f"{self.code}mun": layer(
                pd.DataFrame({"CVEGEO": own["cvegeo"], "NOMGEO": own["cvegeo"]}), own.geometry
            ),
            f"{self.code}l": layer(
                pd.DataFrame({"CVEGEO": towns.index, "NOMGEO": towns.index, "AMBITO": "Urbana"}),
                towns,
            ),
            f"{self.code}a": layer(pd.DataFrame({"CVEGEO": ageb}), pd.Series(boxes)),
            f"{self.code}m": layer(block, pd.Series(shapes)),
            f"{self.code}e": layer(street, pd.Series(lines)),
        }
        source = catalog().sources["marco"].file.format(ee=self.code, name=name, place=self.code)
        write_zip(folder / source, shapefile_members(layers))

    def _write_centres(
        self, folder: Path, codes: npt.NDArray[np.str_], shapes: npt.NDArray[np.object_],
        people: npt.NDArray[np.int64], count: int,
    ) -> int:  # fmt: skip
        at = self.rng.choice(len(codes), size=count, p=people / people.sum())
        corner = shapely.get_coordinates(shapely.get_point(shapely.get_exterior_ring(
            shapely.get_geometry(shapes, 0)), 0))[at]  # fmt: skip
        points = gpd.GeoSeries(gpd.points_from_xy(*corner.T), crs=METRIC_CRS).to_crs(GEOGRAPHIC_CRS)
        shares = np.array([share for _, share, _ in CLASSES])
        kind = self.rng.choice(len(CLASSES), size=count, p=shares / shares.sum())
        # A third of the names tell nothing apart; the number keeps neighbours from being one.
        names = [f"{CLASSES[k][2][n % len(CLASSES[k][2])]} {n}" for n, k in enumerate(kind)]
        own = pd.Series(codes[at])
        number = pd.Series(np.arange(count)).astype("str").str.zfill(6)
        table = pd.DataFrame({
            "id": self.code + number, "clee": "", "nom_estab": names, "raz_social": "",
            "codigo_act": [CLASSES[k][0] for k in kind], "nombre_act": "",
            "per_ocu": self.rng.choice(_BANDS, size=count), "tipo_vial": "", "nom_vial": "",
            "numero_ext": "", "nomb_asent": "", "cod_postal": "",
            "cve_ent": own.str[:2], "cve_mun": own.str[2:5], "cve_loc": own.str[5:9],
            "ageb": own.str[9:13], "manzana": own.str[13:], "telefono": "", "correoelec": "",
            "www": "", "latitud": points.y.map("{:.8f}".format),
            "longitud": points.x.map("{:.8f}".format), "fecha_alta": "2010-07",
        })  # fmt: skip
        parts = catalog().sources["denue"].split.get(self.code, (self.code,))
        for piece, rows in zip(parts, np.array_split(np.arange(count), len(parts)), strict=True):
            write_zip(folder / f"denue_{piece}_csv.zip", {
                f"conjunto_de_datos/denue_inegi_{piece}_.csv":
                    csv_bytes(table.iloc[rows], encoding="latin-1"),
            })  # fmt: skip
        return count


def _moved(shapes: npt.NDArray[np.object_], by: npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
    moved: npt.NDArray[np.object_] = shapely.transform(shapes, lambda at: at + by)
    return moved
