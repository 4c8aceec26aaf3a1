"""DENUE, INEGI's directory of establishments: bulk CSV, its shapefile twin, and extracts of it."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd

from data.archives import find_member
from data.errors import InputError, MissingInputError, Where
from data.places import CODE_PATTERN, inside_mexico, pad, within
from data.rows import TABULAR_SUFFIXES, Layout, column_names, iterate_rows, numbers_of, text_of
from data.tables import GEOGRAPHIC_CRS, Column, Dropped, Reading, Table
from data.texts import Text

STAFF_BANDS = ("0-5", "6-10", "11-30", "31-50", "51-100", "101-250", "251+")

_TEXT_COLUMNS: Mapping[str, tuple[str, str, str]] = {
    "clee": ("clee", "Clave estadística empresarial", "Statistical business key"),
    "name": ("nom_estab", "Nombre del establecimiento", "Name of the establishment"),
    "legal_name": ("raz_social", "Razón social", "Legal name"),
    "street": ("nom_vial", "Calle", "Street"),
    "exterior_number": ("numero_ext", "Número exterior", "Street number"),
    "neighborhood": ("nomb_asent", "Colonia o asentamiento", "Neighbourhood"),
    "postcode": ("cod_postal", "Código postal", "Postcode"),
    "phone": ("telefono", "Teléfono", "Telephone"),
    "email": ("correoelec", "Correo electrónico", "E-mail"),
    "website": ("www", "Página web", "Web page"),
}
_CODE_COLUMNS: Mapping[str, Text] = {
    "state": Text("Clave de la entidad", "Code of the state"),
    "municipality": Text("Clave del municipio", "Code of the municipality"),
    "locality": Text("Clave de la localidad", "Code of the locality"),
    "ageb": Text("Clave de la AGEB", "Code of the AGEB"),
    "block": Text("Clave de la manzana", "Code of the block"),
}
# Code part in the file, its width and its form.
_PARTS = (
    ("cve_ent", 2, r"\d{2}"), ("cve_mun", 3, r"\d{3}"), ("cve_loc", 4, r"\d{4}"),
    ("ageb", 4, r"[0-9A-Z]{4}"), ("manzana", 3, r"\d{3}"),
)  # fmt: skip
_WANTED = (
    "id", "codigo_act", "per_ocu", "latitud", "longitud", "fecha_alta",
    *(name for name, _, _ in _PARTS),
    *(name for name, _, _ in _TEXT_COLUMNS.values()),
)  # fmt: skip
_NOT_IN_ALL_EDITIONS = (
    "clee", "raz_social", "fecha_alta", "nomb_asent", "telefono", "correoelec", "www",
    "cve_loc", "ageb", "manzana",
)  # fmt: skip
_MONTHS = {
    name: f"{number:02d}"
    for number, name in enumerate(
        ("ENERO", "FEBRERO", "MARZO", "ABRIL", "MAYO", "JUNIO", "JULIO", "AGOSTO", "SEPTIEMBRE",
         "OCTUBRE", "NOVIEMBRE", "DICIEMBRE"),
        start=1,
    )
}  # fmt: skip

ESTABLISHMENTS = Table(
    name="establecimientos",
    key=("denue_id",),
    geometry=frozenset({"Point"}),
    columns=(
        Column(name="denue_id", dtype="str", required=True,
               description=Text("Identificador en el DENUE", "DENUE identifier")),
        Column(name="scian", dtype="str", required=True, pattern=r"\d{6}",
               description=Text("Clase de actividad SCIAN", "SCIAN activity class")),
        Column(name="staff_band", dtype="str", values=STAFF_BANDS,
               description=Text("Estrato de personal ocupado", "Band of staff")),
        Column(name="first_seen", dtype="str", pattern=r"\d{4}-(0[1-9]|1[0-2])",
               description=Text("Mes de alta en el DENUE", "Month it entered DENUE")),
        *(Column(name=name, dtype="str", description=Text(es, en))
          for name, (_, es, en) in _TEXT_COLUMNS.items()),
        *(Column(name=name, dtype="str", pattern=CODE_PATTERN, description=text)
          for name, text in _CODE_COLUMNS.items()),
    ),
)  # fmt: skip


def read_establishments(
    paths: Sequence[Path],
    *,
    columns: Mapping[str, str] | None = None,
    absent: tuple[str, ...] = (),
    place: Collection[str] = (),
    classes: Collection[str] | None = None,
) -> Reading:
    """Read establishments from DENUE's bulk files.

    Parameters
    ----------
    paths
        CSV files, shapefiles or tables, plain or zipped; together one edition.
    columns
        INEGI's column name → name in the file, where it differs.
    absent
        INEGI's columns the file does not hold.
    place
        Codes of states or municipalities to keep; none keeps all.
    classes
        SCIAN classes to keep; None keeps all.

    Returns
    -------
    Reading
        ``ESTABLISHMENTS`` rows sorted by ``denue_id``. Place columns are trusted over CLEE. Left
        out and counted: rows without coordinates or outside Mexico, of other classes and places,
        and repeated identifiers. Coordinates in each other's place are swapped and counted.

    Raises
    ------
    InputError
        If a file is not DENUE's, or a class is not six digits.
    MissingInputError
        If the files hold no establishment of the place, of whatever class: what care it has is
        then unknown, not none.
    """
    layout = Layout(
        kind=Text("un archivo del DENUE", "a DENUE file"),
        wanted=_WANTED,
        columns=columns or {},
        absent=absent,
    )
    dropped = Dropped()
    kept, any_of_the_place = [], False
    for path in paths:
        for member, first_row, rows in iterate_rows(path, layout):
            tidy = _tidy(rows, member.label, first_row)
            any_of_the_place |= bool(within(tidy["municipality"], place).any())
            kept.append(_keep(tidy, place, classes, dropped))
    if not any_of_the_place:
        raise _of_another_place(paths, place)
    table = pd.concat(kept, ignore_index=True)
    repeated = table.duplicated("denue_id")
    dropped.add("id_duplicado", table.loc[repeated, "denue_id"])
    table = table[~repeated].sort_values("denue_id", ignore_index=True)
    points = gpd.points_from_xy(table.pop("lon"), table.pop("lat"), crs=GEOGRAPHIC_CRS)
    frame = gpd.GeoDataFrame(table, geometry=points)
    _note_disagreements(frame, dropped)
    return Reading(ESTABLISHMENTS.check(frame), dropped)


def absent_columns(path: Path) -> tuple[str, ...]:
    """Return the columns a DENUE file does not hold of those that editions differ in.

    Raises
    ------
    InputError, MissingInputError
        If the file cannot be opened.
    """
    held = column_names(find_member(path, suffixes=TABULAR_SUFFIXES))
    return tuple(name for name in _NOT_IN_ALL_EDITIONS if name.upper() not in held)


def _of_another_place(paths: Sequence[Path], place: Collection[str]) -> MissingInputError:
    """Return the error of a directory that says nothing of a place: its centres are unknown."""
    listed = ", ".join(place) or "MX"
    return MissingInputError(
        Text(f"El DENUE dado no trae ningún establecimiento de {listed}, de la clase que sea",
             f"The DENUE given holds no establishment of {listed}, of whatever class"),
        where=Where(file=", ".join(str(path) for path in paths)),
        remedy=Text("Dé el archivo de su entidad", "Give the file of its state"),
    )  # fmt: skip


def _tidy(rows: pd.DataFrame, label: str, first_row: int) -> pd.DataFrame:
    """Return rows in our columns, with ``lon`` and ``lat``; nothing left out yet."""
    scian = text_of(rows["codigo_act"]).str.replace(r"\.0$", "", regex=True)
    wrong = ~scian.fillna("").str.fullmatch(r"\d{6}")
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            Text("Clase de actividad no válida en el DENUE", "Invalid activity class in DENUE"),
            where=Where(file=label, row=first_row + row, column="codigo_act",
                        value=rows["codigo_act"].iloc[row]),
            remedy=Text("Se esperaban seis dígitos", "Six digits were expected"),
        )  # fmt: skip
    tidy = {
        "denue_id": pad(rows["id"], 1),
        "scian": scian,
        "staff_band": _staff_band(rows["per_ocu"]),
        "first_seen": _month(rows["fecha_alta"]),
        **{name: text_of(rows[source]) for name, (source, _, _) in _TEXT_COLUMNS.items()},
        **_codes(rows),
        "lon": numbers_of(rows["longitud"]),
        "lat": numbers_of(rows["latitud"]),
    }
    return pd.DataFrame(tidy)


def _codes(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Join code parts level by level; a level is unknown where its part or any above is.

    An AGEB has no code without its locality's four digits, and a part that is no code (``S/N``)
    is as good as blank.
    """
    codes: dict[str, pd.Series] = {}
    joined = pd.Series("", index=rows.index, dtype="str")
    for (part, width, form), level in zip(_PARTS, _CODE_COLUMNS, strict=True):
        stated = pad(rows[part], width)
        joined = joined + stated.where(stated.str.fullmatch(form).fillna(value=False).astype(bool))
        codes[level] = joined
    return codes


def _staff_band(values: pd.Series) -> pd.Series:
    least = pd.to_numeric(text_of(values).str.extract(r"^(\d{1,4})(?!\d)", expand=False))
    band = pd.Series(None, index=values.index, dtype="str")
    for name in STAFF_BANDS:
        band = band.mask(least == float(name.rstrip("+").split("-", maxsplit=1)[0]), name)
    return band


def _month(values: pd.Series) -> pd.Series:
    """Return ``YYYY-MM`` from INEGI's forms: 2010-07, 2013 07, 2010-07-15, 07/2010, JULIO 2010."""
    text = text_of(values).str.upper()
    iso = text.str.extract(r"^(\d{4})[-/ ](\d{1,2})(?!\d)")
    turned = text.str.extract(r"^(?:\d{1,2}/)?(\d{1,2})/(\d{4})$")
    named = text.str.extract(r"^([A-Z]+)\D+(\d{4})$")
    year = iso[0].fillna(turned[1]).fillna(named[1])
    month = iso[1].fillna(turned[0]).str.zfill(2).fillna(named[0].map(_MONTHS))
    known = month.isin(list(_MONTHS.values())) & year.notna()
    return (year + "-" + month).where(known).astype("str")


def _keep(
    rows: pd.DataFrame, place: Collection[str], classes: Collection[str] | None, dropped: Dropped
) -> pd.DataFrame:
    """Leave out what is not asked for or cannot be placed, and count it."""

    def leave_out(reason: str, wrong: pd.Series) -> None:
        nonlocal rows
        dropped.add(reason, rows.loc[wrong, "denue_id"].fillna("?"))
        rows = rows[~wrong]

    if classes is not None:
        leave_out("otra_clase", ~rows["scian"].isin(classes))
    leave_out("otro_lugar", ~within(rows["municipality"], place))
    leave_out("sin_identificador", rows["denue_id"].isna())
    swapped = inside_mexico(rows["lat"], rows["lon"]) & ~inside_mexico(rows["lon"], rows["lat"])
    dropped.add("coordenadas_invertidas_corregidas", rows.loc[swapped, "denue_id"])
    rows = rows.assign(
        lon=rows["lon"].mask(swapped, rows["lat"]), lat=rows["lat"].mask(swapped, rows["lon"])
    )
    blank = rows["lon"].isna() | rows["lat"].isna() | (rows["lon"] == 0) | (rows["lat"] == 0)
    leave_out("sin_coordenadas", blank)
    leave_out("fuera_de_mexico", ~inside_mexico(rows["lon"], rows["lat"]))
    return rows


def _note_disagreements(frame: gpd.GeoDataFrame, dropped: Dropped) -> None:
    stated = frame["clee"].str[:5]
    disagree = stated.notna() & frame["municipality"].notna() & (stated != frame["municipality"])
    dropped.add("clee_de_otro_municipio_conservado", frame.loc[disagree, "denue_id"])
