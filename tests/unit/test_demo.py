"""The demo city: its files, its plan, the faults planted in it."""

import io
import zipfile
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from data.boundaries import read_boundaries
from data.catalog import gazetteer, open_source_folder
from data.census import read_census_areas, read_census_localities
from data.demo import DemoCity, DrawnCity, draw_city, planted_dirt, write_demo_city
from data.demo.offers import CARE, NEVER_CARE
from data.demo.plan import make_plan
from data.denue import read_establishments
from data.environment import read_environment
from data.streets import read_streets
from data.tables import METRIC_CRS, Level

CARE_CLASSES = tuple(sorted({offer.scian for offer in CARE}))
FRAME = "99_jacaranda.zip"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> DemoCity:
    return write_demo_city(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def drawn() -> DrawnCity:
    return draw_city()


def raw(city: DemoCity, archive: str, encoding: str) -> pd.DataFrame:
    with zipfile.ZipFile(city.folder / archive) as files:
        name = next(name for name in files.namelist() if "conjunto_de_datos" in name)
        content = files.read(name)
    return pd.read_csv(io.BytesIO(content), dtype=str, encoding=encoding, keep_default_na=False)


def frame(city: DemoCity, name: str) -> pd.DataFrame:
    return pyogrio.read_dataframe(f"/vsizip/{city.folder / FRAME}/conjunto_de_datos/{name}.shp")


@pytest.fixture(scope="module")
def areas(city: DemoCity) -> pd.DataFrame:
    table = raw(city, "ageb_mza_urbana_99_cpv2020_csv.zip", "utf-8-sig")
    whole = table["MUN"].eq("000"), table["LOC"].eq("0000"), table["AGEB"].eq("0000")
    code = table["ENTIDAD"] + table["MUN"].mask(whole[0], "") + table["LOC"].mask(whole[1], "")
    code += table["AGEB"].mask(whole[2], "") + table["MZA"].mask(table["MZA"].eq("000"), "")
    return table.set_index(code)


@pytest.fixture(scope="module")
def graph(drawn: DrawnCity) -> nx.Graph:
    lines = drawn.plan.streets["geometry"]
    net = nx.Graph()
    for line in lines:
        points = [tuple(point) for point in np.round(line.coords, 2)]
        for one, other in pairwise(points):
            net.add_edge(one, other, length=float(np.hypot(*np.subtract(one, other))))
    return net


def test_the_same_seed_writes_the_same_bytes(city: DemoCity, tmp_path: Path) -> None:
    again = write_demo_city(tmp_path / "again")
    assert again.files == city.files
    for name in city.files:
        assert (again.folder / name).read_bytes() == (city.folder / name).read_bytes(), name


def test_another_seed_draws_another_city(drawn: DrawnCity) -> None:
    other = make_plan(np.random.default_rng(1))
    assert not other.blocks["cvegeo"].equals(drawn.plan.blocks["cvegeo"])


def test_the_folder_is_small_and_named_as_inegi_names_it(city: DemoCity) -> None:
    assert city.files == (
        "99_jacaranda.zip", "ageb_mza_urbana_99_cpv2020_csv.zip", "cuentas_sector_99_csv.zip",
        "cuidados.toml", "dem_99.tif", "denue_99_csv.zip", "eu_99_cpv2020_csv.zip",
        "iter_99_cpv2020_csv.zip", "mip_ixi_br_99_d_2018.xlsx", "proyecciones_99_csv.zip",
    )  # fmt: skip
    assert sum((city.folder / name).stat().st_size for name in city.files) < 5_000_000


def test_no_attribute_table_bears_the_day_it_was_written(city: DemoCity) -> None:
    with zipfile.ZipFile(city.folder / FRAME) as files:
        tables = [name for name in files.namelist() if name.endswith(".dbf")]
        assert {files.read(name)[1:4] for name in tables} == {bytes([121, 1, 25])}
        assert {info.date_time for info in files.infolist()} == {(2021, 1, 25, 0, 0, 0)}


def test_the_place_cannot_be_taken_for_a_real_one(city: DemoCity) -> None:
    assert not set(city.places) & set(gazetteer())
    assert "99" not in gazetteer()
    folder = open_source_folder(city.folder)
    assert "ficticia" in folder.title.es
    assert folder.places == city.places
    phones = raw(city, "denue_99_csv.zip", "latin-1")["telefono"]
    assert phones[phones != ""].str.fullmatch(r"550000\d{4}").all()


def test_layouts_are_those_of_inegi(city: DemoCity, areas: pd.DataFrame) -> None:
    denue = raw(city, "denue_99_csv.zip", "latin-1")
    assert len(denue.columns) == 42
    assert denue.columns[[0, 1, 4, -1]].to_list() == ["id", "clee", "codigo_act", "fecha_alta"]
    assert denue["nom_estab"].str.contains("Ñ").any()
    assert len(areas.columns) == 8 + 221
    localities = raw(city, "iter_99_cpv2020_csv.zip", "utf-8-sig")
    assert len(localities.columns) == 286
    layers = {path.split("/")[-1] for path in pyogrio.list_layers(
        f"/vsizip/{city.folder / FRAME}/conjunto_de_datos")[:, 0]}  # fmt: skip
    assert layers == {f"99{key}" for key in ("ent", "mun", "l", "lpr", "a", "m", "e", "sia", "sil")}
    blocks = frame(city, "99m")
    assert blocks.crs == METRIC_CRS
    assert blocks.columns.to_list() == [
        "CVEGEO", "CVE_ENT", "CVE_MUN", "CVE_LOC", "CVE_AGEB", "CVE_MZA", "AMBITO", "TIPOMZA",
        "geometry",
    ]  # fmt: skip
    environment = raw(city, "eu_99_cpv2020_csv.zip", "utf-8-sig")
    codes = [name for name in environment.columns if f"{name[:-2]}_D" in environment.columns]
    assert len([name for name in codes if name.endswith("_C")]) == 21


@pytest.mark.real_data
def test_layouts_equal_the_real_headers(
    city: DemoCity, areas: pd.DataFrame, real_data: Path
) -> None:
    denue = real_data / "denue" / "yucatan_2021_subset_raw_layout.csv"
    columns = pd.read_csv(denue, encoding="latin-1", nrows=0).columns
    assert raw(city, "denue_99_csv.zip", "latin-1").columns.equals(columns)
    localities = real_data / "census" / "iter_01" / "conjunto_de_datos_iter_01CSV20.csv"
    columns = pd.read_csv(localities, encoding="utf-8-sig", nrows=0).columns
    assert raw(city, "iter_99_cpv2020_csv.zip", "utf-8-sig").columns.equals(columns)
    words = pd.read_csv(real_data / "census" / "dictionary_ageb_urbana.csv", dtype=str)
    assert areas.columns.to_list() == words["mnemonico"].str.strip().to_list()


def test_size_of_the_city(city: DemoCity, drawn: DrawnCity) -> None:
    assert 140_000 < drawn.truth.loc["990010001", "POBTOT"] < 165_000
    assert 2_000 <= city.blocks <= 2_700
    assert 330 <= city.care_centres <= 400
    national = drawn.truth.loc["99"]
    children = national[["P_0A2", "P_3A5", "P_6A11"]].sum() / national["POBTOT"]
    assert 0.16 < children < 0.23  # 0.20 in the country
    assert 0.06 < national["POB65_MAS"] / national["POBTOT"] < 0.10  # 0.082
    assert 0.04 < national["PCON_DISC"] / national["POBTOT"] < 0.06  # 0.049
    assert 0.38 < national["PEA_F"] / national["P_12YMAS_F"] < 0.55  # 0.49


def test_neighbourhoods_differ_as_they_do_in_life(drawn: DrawnCity) -> None:
    blocks = drawn.plan.blocks
    table = drawn.truth.loc[blocks["cvegeo"]].assign(zone=blocks["zone"].to_numpy())
    sums = table.groupby("zone").sum()
    young = sums["POB0_14"] / sums["POBTOT"]
    assert young["centro"] < young["tradicional"] < young["fraccionamiento"] < young["periferia"]
    insured = sums["PDER_IMSS"] / sums["POBTOT"]
    assert insured["fraccionamiento"] > 3 * insured["periferia"]
    work = sums["PEA_F"] / sums["P_12YMAS_F"]
    assert work["periferia"] < work["popular"] < work["privado"]
    assert sums.loc["parque", "POBTOT"] == 0


def test_blocks_lie_in_their_ageb_and_agebs_in_their_locality(drawn: DrawnCity) -> None:
    plan = drawn.plan
    outlines = plan.agebs.set_index("cvegeo")["geometry"]
    own = outlines.loc[plan.blocks["cvegeo"].str[:13]].to_numpy()
    outside = shapely.area(shapely.difference(plan.blocks["geometry"].to_numpy(), own))
    assert outside.max() < 1.0
    assert plan.blocks["cvegeo"].is_unique
    assert plan.blocks["cvegeo"].str.fullmatch(r"99\d{7}\d{3}[0-9A]\d{3}").all()
    localities = plan.localities.set_index("cvegeo")["geometry"]
    own = localities.loc[plan.agebs["cvegeo"].str[:9]].to_numpy()
    outside = shapely.area(shapely.difference(plan.agebs["geometry"].to_numpy(), own))
    assert outside.max() < 60.0  # the outline is rounded to the centimetre after it is bent


def test_municipalities_tile_the_state(drawn: DrawnCity) -> None:
    parts = drawn.plan.municipalities["geometry"].to_list()
    state = drawn.plan.state["geometry"].iloc[0]
    assert sum(part.area for part in parts) == pytest.approx(state.area, rel=1e-9)
    inside = shapely.contains(shapely.union_all(parts), drawn.plan.rural["geometry"].to_list())
    assert inside.all()


def test_streets_run_between_blocks(drawn: DrawnCity) -> None:
    tree = shapely.STRtree(shapely.buffer(drawn.plan.blocks["geometry"].to_numpy(), -1.0))
    lines = drawn.plan.streets.query("kind != 'Carretera'")["geometry"].to_numpy()
    line, block = tree.query(lines, "intersects")
    inside = shapely.length(shapely.intersection(lines[line], tree.geometries[block])).sum()
    assert inside < 0.01 * shapely.length(lines).sum()


def test_streets_are_one_network(graph: nx.Graph) -> None:
    assert nx.is_connected(graph)


def test_no_street_stops_a_hair_short_of_another(drawn: DrawnCity, graph: nx.Graph) -> None:
    ends = shapely.points([node for node, degree in graph.degree() if degree == 1])
    lines = drawn.plan.streets["geometry"].to_numpy()
    end, line = shapely.STRtree(lines).query(ends, "dwithin", 0.25)
    own = shapely.distance(shapely.boundary(lines[line]), ends[end]) < 0.02
    assert own.all()


def test_gated_streets_are_reached_through_a_gate(drawn: DrawnCity) -> None:
    blocks = drawn.plan.blocks.query("zone == 'privado'")
    _, distance = shapely.STRtree(drawn.plan.streets["geometry"].to_numpy()).query_nearest(
        blocks["geometry"].to_numpy(), return_distance=True, all_matches=False
    )
    assert distance.max() < 12


def test_only_two_bridges_cross_the_river(drawn: DrawnCity) -> None:
    services = drawn.plan.services
    river = services.loc[services["kind"] == "CUERPO DE AGUA", "geometry"].iloc[0]
    wet = shapely.intersects(drawn.plan.streets["geometry"].to_numpy(), river)
    crossing = drawn.plan.streets[wet]
    assert sorted(crossing["name"]) == ["Puente Bicentenario", "Puente Viejo"]


def test_the_river_makes_people_walk_round(drawn: DrawnCity, graph: nx.Graph) -> None:
    streets = drawn.plan.streets
    zapata = streets[streets["name"] == "Emiliano Zapata"]["geometry"]
    ends = [end for line in zapata for end in (line.coords[0], line.coords[-1])]
    services = drawn.plan.services
    river = services.loc[services["kind"] == "CUERPO DE AGUA", "geometry"].iloc[0]
    banks = sorted(ends, key=lambda end: river.distance(shapely.Point(end)))[:2]
    west, east = (tuple(np.round(end, 2)) for end in sorted(banks))
    assert np.hypot(*np.subtract(west, east)) < 150
    assert nx.shortest_path_length(graph, west, east, weight="length") > 1_200


def test_truth_adds_up_across_levels(drawn: DrawnCity) -> None:
    truth = drawn.truth.drop(columns=["REL_H_M", "PROM_HNV", "PROM_OCUP", "PRO_OCUP_C"])
    truth = truth[[name for name in truth.columns if not name.startswith("GRAPROES")]]
    blocks = truth[truth.index.str.len() == 16]
    for length in (13, 9):
        sums = blocks.groupby(blocks.index.str[:length]).sum()
        pd.testing.assert_frame_equal(sums, truth.loc[sums.index], check_names=False)
    localities = truth[truth.index.str.len() == 9]
    sums = localities.groupby(localities.index.str[:5]).sum()
    pd.testing.assert_frame_equal(sums, truth.loc[sums.index], check_names=False)


def test_every_written_cell_follows_the_rules_of_confidentiality(
    drawn: DrawnCity, areas: pd.DataFrame
) -> None:
    counts = [
        name for name in areas.columns[8:]
        if not name.startswith(("GRAPROES", "PRO", "REL_H_M"))
    ]  # fmt: skip
    counts += ["PRO_CRIEVA"]
    shown = areas[counts]
    truth = drawn.truth.loc[areas.index, counts]
    always = ["POBTOT", "VIVTOT", "TVIVHAB"]
    assert shown[always].astype(float).equals(truth[always])
    few = truth["TVIVHAB"].between(1, 2)
    assert few.sum() > 20
    assert (shown.loc[few].drop(columns=always) == "*").all(axis=None)
    small = truth.isin([1, 2]) & (truth.index.str.len() >= 13)[:, None]
    rest = [name for name in counts if name not in always]
    hidden = small[rest] | few.to_numpy()[:, None]
    assert ((shown[rest] == "*") == hidden).to_numpy()[(shown[rest] != "N/D").to_numpy()].all()
    said = shown[rest].where(~hidden & (shown[rest] != "N/D")).astype(float)
    assert said.isna().equals(hidden | (shown[rest] == "N/D"))
    assert (said.fillna(-1) == truth[rest].where(said.notna(), -1)).all(axis=None)


def test_totals_rows_bear_inegis_words(areas: pd.DataFrame, city: DemoCity) -> None:
    words = areas.groupby(areas.index.str.len())["NOM_LOC"].unique()
    assert list(words[2]) == ["Total de la entidad"]
    assert list(words[5]) == ["Total del municipio"]
    assert list(words[9]) == ["Total de la localidad urbana"]
    assert list(words[13]) == ["Total AGEB urbana"]
    localities = raw(city, "iter_99_cpv2020_csv.zip", "utf-8-sig")
    assert localities["LOC"].isin(["0000", "9998", "9999"]).sum() == 3 * (1 + 3)
    farms = localities[(localities["MUN"] == "001") & (localities["TVIVHAB"] == "1")]
    assert (farms["PCON_DISC"] == "*").all()
    pooled = localities[(localities["MUN"] == "001") & (localities["LOC"] == "9998")].iloc[0]
    assert int(pooled["TVIVHAB"]) == len(farms)
    assert int(pooled["POBTOT"]) == farms["POBTOT"].astype(int).sum()


def test_every_class_of_care_and_every_institution_is_there(drawn: DrawnCity) -> None:
    table = drawn.establishments
    assert set(CARE_CLASSES) <= set(table["codigo_act"])
    assert set(NEVER_CARE) <= set(CARE_CLASSES)
    names = table["nom_estab"] + " " + table["raz_social"]
    for word in ("IMSS", "ISSSTE", "SEP", "DIF", "CADI", "CAIC", "CENDI", "CAI ", "INAPAM", "CAM ",
                 "USAER", "UBR", "CRI ", "SNTE", "SEDENA", "I.A.P.", "A.C.", "U-1"):  # fmt: skip
        assert names.str.contains(word, regex=False).any(), word


def test_the_edge_of_the_city_has_few_nurseries(drawn: DrawnCity) -> None:
    blocks = drawn.plan.blocks
    nurseries = drawn.establishments["codigo_act"].isin(["624411", "624412"])
    points = drawn.establishments.loc[nurseries, "geometry"].to_numpy()
    centres = shapely.centroid(blocks["geometry"].to_numpy())
    _, distance = shapely.STRtree(points).query_nearest(
        centres, return_distance=True, all_matches=False
    )
    typical = pd.Series(distance).groupby(blocks["zone"].to_numpy()).median()
    assert typical["periferia"] > 2 * typical["centro"]
    assert (distance[blocks["zone"] == "periferia"] > 800).mean() > 0.25


def test_the_environment_follows_the_neighbourhood(city: DemoCity, drawn: DrawnCity) -> None:
    codes = read_environment([city.folder / "eu_99_cpv2020_csv.zip"]).table.set_index("cvegeo")
    zone = drawn.plan.blocks.set_index("cvegeo")["zone"]
    everywhere = codes["BANQUETA"].eq(1).groupby(zone.loc[codes.index].to_numpy()).mean()
    assert everywhere["periferia"] < 0.35
    assert everywhere["centro"] > 0.7
    assert len(codes) == city.blocks


def test_planted_dirt_is_met_by_the_readers(city: DemoCity) -> None:
    dirt = planted_dirt()
    assert city.dirt == dirt
    reading = read_establishments([city.folder / "denue_99_csv.zip"], classes=CARE_CLASSES)
    reasons = reading.dropped.reasons
    assert reasons["id_duplicado"] == dirt["denue_duplicated_id"]
    assert reasons["sin_coordenadas"] == dirt["denue_without_coordinates"]
    assert reasons["fuera_de_mexico"] == dirt["denue_in_the_sea"]
    assert reasons["coordenadas_invertidas_corregidas"] == dirt["denue_coordinates_exchanged"]
    lost = dirt["denue_without_coordinates"] + dirt["denue_in_the_sea"]
    assert len(reading.table) == city.care_centres + dirt["denue_listed_twice"] - lost
    every = read_establishments([city.folder / "denue_99_csv.zip"])
    assert (
        every.dropped.reasons["clee_de_otro_municipio_conservado"] == (dirt["denue_clee_disagrees"])
    )


def test_centres_listed_twice_lie_close_together(city: DemoCity) -> None:
    table = read_establishments([city.folder / "denue_99_csv.zip"]).table.to_crs(METRIC_CRS)
    again = table[table["denue_id"].str.startswith("999")]
    assert len(again) == planted_dirt()["denue_listed_twice"]
    first = table[~table["denue_id"].str.startswith("999")]
    for row in again.itertuples():
        same = first[(first["scian"] == row.scian) & (first["block"] == row.block)]
        assert same.distance(row.geometry).min() < 50


def test_boundaries_and_streets_hold_their_faults(city: DemoCity) -> None:
    dirt = planted_dirt()
    archive = [city.folder / FRAME]
    blocks = read_boundaries(archive, Level.BLOCK)
    assert blocks.dropped.reasons == {"geometria_corregida": dirt["blocks_invalid"]}
    assert len(blocks.table) == city.blocks
    for level, rows in ((Level.AGEB, city.agebs), (Level.LOCALITY, 3), (Level.MUNICIPALITY, 3)):
        reading = read_boundaries(archive, level)
        assert len(reading.table) == rows
        assert not reading.dropped.reasons
    streets = read_streets(archive)
    assert streets.dropped.reasons == {
        "sin_longitud": dirt["streets_zero_length"], "linea_repetida": dirt["streets_duplicate"],
    }  # fmt: skip
    raw_streets = frame(city, "99e")
    island = raw_streets[(raw_streets["AMBITO"] == "Rural") & (raw_streets["TIPOVIAL"] == "Calle")]
    assert len(island) == dirt["streets_island"]
    rest = raw_streets.drop(island.index)
    assert shapely.distance(island.union_all(), rest.union_all()) > 100


def test_census_readers_read_every_row(city: DemoCity, areas: pd.DataFrame) -> None:
    dirt = planted_dirt()
    wanted = ("POBTOT", "P_0A2", "PDER_IMSS", "PCON_DISC", "TVIVHAB")
    reading = read_census_areas([city.folder / "ageb_mza_urbana_99_cpv2020_csv.zip"], wanted)
    assert len(reading.table) == len(areas)
    blocks = areas[areas.index.str.len() == 16]
    assert (blocks["PDER_SS"] == "N/D").sum() == dirt["census_not_available_blocks"]
    localities = read_census_localities([city.folder / "iter_99_cpv2020_csv.zip"], wanted)
    places = localities.table[localities.table["level"] == Level.LOCALITY]
    assert places["lon"].isna().sum() == dirt["rural_without_coordinates"]
    assert len(places) == 3 + 29
    assert places["lon"].dropna().between(-101.9, -101.4).all()
    rural = set(frame(city, "99lpr")["CVEGEO"])
    lost = set(places["cvegeo"]) - rural - set(frame(city, "99l")["CVEGEO"])
    assert len(lost) == dirt["rural_without_coordinates"]
