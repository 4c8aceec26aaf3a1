"""Outlines of places: packages with many layers, broken and doubled shapes, wrong systems."""

import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from shapely import Point, Polygon, box

from data.boundaries import read_boundaries
from data.errors import InputError, MissingInputError
from data.tables import METRIC_CRS, Level

SQUARE = box(-102.30, 21.88, -102.29, 21.89)


def _layer(codes: list[object], shapes: list[object], **columns: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"CVEGEO": codes, **columns}, geometry=shapes, crs=4326)


def _saved(layer: gpd.GeoDataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        layer.to_parquet(path)
    else:
        layer.to_file(path, **({"encoding": "ISO-8859-1"} if path.suffix == ".shp" else {}))
    return path


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a state's package in INEGI's layout: layers in EPSG:6372, one folder deep."""
    layers = {
        "01ent": (["01"], [SQUARE], {"NOMGEO": ["Aguascalientes"]}),
        "01mun": (["01001"], [SQUARE], {"NOMGEO": ["Peñón"]}),
        "01l": (["010010001"], [SQUARE], {"NOMGEO": ["Centro"], "AMBITO": ["Urbana"]}),
        "01a": (["010010001025A"], [SQUARE], {}),
        "01ar": (["010010253"], [SQUARE], {}),
        "01m": (["010010001025A007"], [SQUARE], {"TIPOMZA": ["Típica"]}),
        "01lpr": (["010010002"], [Point(-102.3, 21.9)], {"NOMGEO": ["Rancho"]}),
    }
    path = tmp_path / "01_aguascalientes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, (codes, shapes, columns) in layers.items():
            _saved(_layer(codes, shapes, **columns).to_crs(METRIC_CRS), tmp_path / f"{name}.shp")
            for end in (".shp", ".shx", ".dbf", ".prj"):
                archive.write(tmp_path / f"{name}{end}", f"conjunto_de_datos/{name}{end}")
        archive.writestr("catalogos/cat_entidad.csv", "a\n")
        archive.writestr("metadatos/metadatos.txt", "a\n")
    return path


@pytest.mark.parametrize(
    ("level", "code", "name", "kind"),
    [
        (Level.STATE, "01", "Aguascalientes", None),
        (Level.MUNICIPALITY, "01001", "Peñón", None),
        (Level.LOCALITY, "010010001", "Centro", "Urbana"),
        (Level.AGEB, "010010001025A", None, None),
        (Level.BLOCK, "010010001025A007", None, "Típica"),
    ],
)
def test_every_level_is_read_from_the_package_and_plain(
    package: Path, level: Level, code: str, name: str | None, kind: str | None
) -> None:
    layer = {"entidad": "ent", "municipio": "mun", "localidad": "l", "ageb": "a", "manzana": "m"}
    for path in (package, package.with_name(f"01{layer[level]}.shp")):
        table = read_boundaries([path], level).table
        (row,) = table.astype({"name": object, "kind": object}).to_dict("records")
        assert row["cvegeo"] == code
        assert row["name"] == name or (name is None and row["name"] != row["name"])
        assert row["kind"] == kind or (kind is None and row["kind"] != row["kind"])
        assert table.crs == "EPSG:4326"
        assert table.geometry.iloc[0].symmetric_difference(SQUARE).area < 1e-12


def test_a_package_without_the_level_says_so(tmp_path: Path, package: Path) -> None:
    with (
        zipfile.ZipFile(package) as whole,
        zipfile.ZipFile(tmp_path / "less.zip", "w") as less,
    ):
        for name in whole.namelist():
            if "01a." not in name:
                less.writestr(name, whole.read(name))
    with pytest.raises(MissingInputError, match=r"less\.zip"):
        read_boundaries([tmp_path / "less.zip"], Level.AGEB)


def test_broken_outlines_are_mended_and_counted(tmp_path: Path) -> None:
    bow_tie = Polygon([(-102.30, 21.88), (-102.29, 21.89), (-102.29, 21.88), (-102.30, 21.89)])
    path = _saved(_layer(["01001", "01002"], [SQUARE, bow_tie]), tmp_path / "mun.gpkg")
    reading = read_boundaries([path], Level.MUNICIPALITY)
    assert reading.dropped.reasons == {"geometria_corregida": 1}
    assert reading.table.geometry.is_valid.all()
    # Two triangles, each a quarter of the square.
    assert reading.table.geometry.iloc[1].area == pytest.approx(SQUARE.area / 2, rel=1e-6)


def test_parts_of_one_place_are_joined_and_counted(tmp_path: Path) -> None:
    other = box(-102.28, 21.88, -102.27, 21.89)
    path = _saved(
        _layer(["01001", "01001"], [SQUARE, other], NOMGEO=["A", "A"]), tmp_path / "mun.gpkg"
    )
    reading = read_boundaries([path], Level.MUNICIPALITY)
    assert reading.dropped.reasons == {"partes_unidas": 1}
    assert reading.table["name"].tolist() == ["A"]
    assert reading.table.geometry.iloc[0].area == pytest.approx(2 * SQUARE.area)


def test_codes_that_lost_their_zero_get_it_back(tmp_path: Path) -> None:
    path = _saved(_layer([1001.0, 31050.0], [SQUARE, SQUARE]), tmp_path / "mun.parquet")
    table = read_boundaries([path], Level.MUNICIPALITY).table
    assert table["cvegeo"].tolist() == ["01001", "31050"]


def test_rows_without_code_or_shape_are_left_out_and_counted(tmp_path: Path) -> None:
    path = _saved(
        _layer(["01001", None, "01003"], [SQUARE, SQUARE, None]), tmp_path / "mun.parquet"
    )
    reading = read_boundaries([path], Level.MUNICIPALITY)
    assert reading.table["cvegeo"].tolist() == ["01001"]
    assert reading.dropped.reasons == {"sin_clave_o_sin_geometria": 2}


def test_a_place_keeps_its_state_and_leaves_the_rest(tmp_path: Path) -> None:
    path = _saved(_layer(["01001", "01002"], [SQUARE, SQUARE]), tmp_path / "mun.gpkg")
    reading = read_boundaries([path], Level.MUNICIPALITY, place=["01002"])
    assert reading.table["cvegeo"].tolist() == ["01002"]
    assert reading.dropped.reasons == {"otro_lugar": 1}


def test_heights_are_left_behind(tmp_path: Path) -> None:
    high = shapely.force_3d(SQUARE, 1880.0)
    path = _saved(_layer(["01001"], [high]), tmp_path / "mun.gpkg")
    assert not read_boundaries([path], Level.MUNICIPALITY).table.geometry.has_z.any()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda layer: layer.rename(columns={"CVEGEO": "CLAVE"}), "no tiene claves"),
        (lambda layer: layer.assign(CVEGEO=["010010001"]), r"no es de municipios.*010010001"),
        (lambda layer: layer.set_crs(6372, allow_override=True), "no corresponden al sistema"),
        (lambda layer: layer.to_crs(6372).set_crs(4326, allow_override=True),
         "no corresponden al sistema"),
        (lambda layer: layer.set_crs(None, allow_override=True), "no dice su sistema"),
        (lambda layer: layer.set_geometry([Point(-102.3, 21.88)], crs=4326), "Geometría no válida"),
    ],
)  # fmt: skip
def test_layers_that_are_something_else_are_refused(spoil, said: str, tmp_path: Path) -> None:
    path = _saved(spoil(_layer(["01001"], [SQUARE])), tmp_path / "mun.parquet")
    with pytest.raises(InputError, match=said):
        read_boundaries([path], Level.MUNICIPALITY)


def test_a_shapefile_without_its_companions_is_refused(package: Path) -> None:
    package.with_name("01mun.dbf").unlink()
    package.with_name("01ent.prj").unlink()
    package.with_name("01a.shp").write_bytes(package.with_name("01a.shp").read_bytes()[:120])
    for layer, level in (("mun", Level.MUNICIPALITY), ("ent", Level.STATE), ("a", Level.AGEB)):
        with pytest.raises(InputError):
            read_boundaries([package.with_name(f"01{layer}.shp")], level)


@pytest.mark.real_data
def test_real_outlines_are_read_whole(real_data: Path) -> None:
    agebs = read_boundaries(
        [real_data / "census" / "merida_ageb" / "merida_ageb_census_data.shp"], Level.AGEB
    ).table
    assert len(agebs) == 523
    assert agebs.crs == "EPSG:4326"
    assert agebs["cvegeo"].str.startswith("31").all()
    municipalities = read_boundaries(
        [real_data / "geometry" / "municipalities_simplified.parquet"], Level.MUNICIPALITY
    ).table
    assert len(municipalities) == 2469
    merida = municipalities.set_index("cvegeo").geometry["31050"]
    assert agebs[agebs["cvegeo"].str.startswith("31050")].intersects(merida).mean() > 0.98
    blocks = read_boundaries(
        [real_data / "cities" / "veracruz" / "manzanas_inegi_2007_10.parquet"], Level.BLOCK
    )
    assert len(blocks.table) + sum(blocks.dropped.reasons.values()) >= 6653
