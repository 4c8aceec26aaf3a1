"""From establishments to care centres: what each is, whom it serves, who may use it."""

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd

from data.classification import ENTITLEMENTS, GROUPS, SECTORS, Codebooks
from data.denue import ESTABLISHMENTS
from data.tables import Column, Dropped, Table
from data.texts import Text
from geo.supply.axes import read_axes
from geo.supply.repeated import merge_repeated

_CARRIED = tuple(
    column for column in ESTABLISHMENTS.columns if column.name not in ("denue_id", "scian", "name")
)
CENTRES = Table(
    name="centros",
    key=("facility_id",),
    geometry=frozenset({"Point"}),
    columns=(
        Column(name="facility_id", dtype="str", required=True,
               description=Text("Identificador del centro: su CLEE o su número en el DENUE",
                                "Identifier of the centre: its CLEE or its DENUE number")),
        Column(name="denue_id", dtype="str", required=True, description=Text(
            "Identificador en el DENUE", "DENUE identifier")),
        Column(name="merged_ids", dtype="str", description=Text(
            "Otros registros del DENUE que son el mismo centro",
            "Other DENUE records that are the same centre")),
        Column(name="name", dtype="str", description=Text("Nombre", "Name")),
        Column(name="scian", dtype="str", required=True, pattern=r"\d{6}", description=Text(
            "Clase de actividad SCIAN 2018", "SCIAN 2018 activity class")),
        Column(name="activity", dtype="str", required=True, description=Text(
            "Actividad según el SCIAN", "Activity, as SCIAN labels it")),
        Column(name="service_type", dtype="str", required=True, description=Text(
            "Tipo de centro", "Type of centre")),
        Column(name="category", dtype="str", required=True,
               values=("directo", "indirecto", "apoyo"), description=Text(
            "Cuidado directo (su fin es cuidar), indirecto (escuelas) o apoyo",
            "Direct care (care is its purpose), indirect (schools) or support")),
        Column(name="sector", dtype="str", required=True, values=SECTORS,
               description=Text("Sector: el de la clase, o sociedad civil si el nombre lo dice",
                                "Sector: that of the class, or civil society if the name says so")),
        Column(name="scheme", dtype="str", required=True, description=Text(
            "Esquema con que admite a las personas, según su nombre",
            "Scheme under which it admits people, as its name says")),
        Column(name="institution", dtype="str", description=Text(
            "Institución a la que pertenece, según su nombre",
            "Institution it belongs to, as its name says")),
        Column(name="entitlement", dtype="str", required=True, values=ENTITLEMENTS,
               description=Text("Si pide derechohabiencia o un empleo: con, sin o desconocido",
                                "Whether it asks for affiliation or a job: con (yes), sin (no) or"
                                " desconocido (unknown)")),
        Column(name="rule_ids", dtype="str", description=Text(
            "Reglas sobre el nombre que lo deciden", "Rules over the name that decide it")),
        Column(name="confidence", dtype="float64", unit="1", required=True, minimum=0.0,
               maximum=1.0, description=Text(
            "Confianza en esas reglas, de 0 a 1; 0 sin nombre que leer",
            "Confidence in those rules, 0–1; 0 without a name to read")),
        *(Column(name=f"serves_{group}", dtype="bool", required=True, description=Text(
            f"Atiende a {es}", f"Serves {en}")) for group, es, en in (
                ("infancia", "niñas y niños", "children"),
                ("mayores", "personas mayores", "older people"),
                ("discapacidad", "personas con discapacidad", "people with disability"))),
        Column(name="age_min_days", dtype="float64", unit="días", minimum=0.0, description=Text(
            "Edad mínima que atiende, cumplida: de su clase y su esquema",
            "Minimum age it serves: of its class and its scheme")),
        Column(name="age_max_days", dtype="float64", unit="días", minimum=0.0, description=Text(
            "Edad máxima que atiende, incluida: de su clase y su esquema",
            "Maximum age it serves, included: of its class and its scheme")),
        *(Column(name=f"places_{bound}", dtype="float64", unit="lugares", minimum=0.0,
                 description=Text(f"Lugares estimados por el personal ocupado, {es}",
                                  f"Places estimated from the staff band, {en}"))
          for bound, es, en in (("low", "mínimo", "low"), ("central", "valor central", "central"),
                                ("high", "máximo", "high"))),
        *_CARRIED,
        Column(name="edition", dtype="str", required=True, description=Text(
            "Edición del DENUE", "DENUE edition")),
    ),
)  # fmt: skip


def counted_classes(codebooks: Codebooks, optional: Sequence[str]) -> tuple[str, ...]:
    """Return the SCIAN classes that count: the default set and the optional ones asked for."""
    return tuple(
        scian
        for scian, care in codebooks.classes.items()
        if care.membership == "default" or (care.membership == "optional" and scian in optional)
    )


def classify(
    establishments: gpd.GeoDataFrame,
    codebooks: Codebooks,
    *,
    optional: Sequence[str],
    edition: str,
) -> tuple[gpd.GeoDataFrame, Dropped]:
    """Return care centres from establishments.

    Type, category and people served come from the class; sector, scheme, institution and ages from
    the class and the name (:mod:`geo.supply.axes`); places from the staff band by the proxy table,
    with its low and high values, unknown for types that have none (schools). Rows of one class and
    one name that lie together are one centre: the first identifier stays and the others are listed
    in ``merged_ids`` (:mod:`geo.supply.repeated`).

    Parameters
    ----------
    establishments
        ``data.denue.ESTABLISHMENTS`` rows.
    codebooks
        What classes, names and staff bands mean.
    optional
        Optional classes to count as well.
    edition
        Edition of the directory.

    Returns
    -------
    centres, dropped
        ``CENTRES`` rows sorted by ``facility_id``, and what was left out or merged.
    """
    dropped = Dropped()
    counted = establishments["scian"].isin(counted_classes(codebooks, optional))
    never = [scian for scian, care in codebooks.classes.items() if care.membership == "never"]
    excluded = establishments["scian"].isin(never)
    dropped.add("clase_que_no_es_cuidado", establishments.loc[excluded, "denue_id"])
    dropped.add("clase_no_pedida", establishments.loc[~counted & ~excluded, "denue_id"])
    rows = merge_repeated(establishments[counted], dropped)
    centres = rows.merge(_described(codebooks), on="scian", how="left")
    centres = centres.join(read_axes(centres, codebooks))
    has_clee = centres["clee"].notna() & ~centres["clee"].duplicated(keep=False)
    centres["facility_id"] = centres["clee"].where(has_clee, "denue-" + centres["denue_id"])
    for bound in ("low", "central", "high"):
        centres[f"places_{bound}"] = _places(centres, codebooks, bound)
    centres["edition"] = pd.Series(edition, index=centres.index, dtype="str")
    frame = gpd.GeoDataFrame(centres, geometry="geometry", crs=establishments.crs)
    frame = frame.astype({column.name: column.dtype for column in CENTRES.columns})
    return CENTRES.check(frame.sort_values("facility_id")), dropped


def _described(codebooks: Codebooks) -> pd.DataFrame:
    """Return what the class alone says, one row a class."""
    return pd.DataFrame(
        [
            {
                "scian": scian, "activity": care.label, "service_type": care.service_type,
                "category": care.category,
                **{f"serves_{group}": group in care.groups for group in GROUPS},
            }
            for scian, care in codebooks.classes.items()
        ]
    )  # fmt: skip


def _places(centres: pd.DataFrame, codebooks: Codebooks, bound: str) -> pd.Series:
    table = {
        f"{service_type}|{band}": getattr(places, bound)
        for (service_type, band), places in codebooks.staff_places.items()
    }
    keys = centres["service_type"] + "|" + centres["staff_band"]
    return keys.map(table).astype("float64")
