"""Supply: from establishments to care centres, and who is served by which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.classification import Service, care_classes, services, staff_places
from data.denue import ESTABLISHMENTS
from data.tables import METRIC_CRS, Column, Dropped, Table
from data.texts import Text

GROUPS = ("infancia", "mayores", "discapacidad")
# Two rows of one class with one name this near are one centre listed twice.
SAME_CENTRE_M = 50.0

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
        Column(name="sector", dtype="str", required=True, values=("publica", "privada"),
               description=Text("Sector, según la clase", "Sector, as the class says")),
        *(Column(name=f"serves_{group}", dtype="bool", required=True, description=Text(
            f"Atiende a {es}", f"Serves {en}")) for group, es, en in (
                ("infancia", "niñas y niños", "children"),
                ("mayores", "personas mayores", "older people"),
                ("discapacidad", "personas con discapacidad", "people with disability"))),
        Column(name="age_min_days", dtype="float64", unit="días", minimum=0.0, description=Text(
            "Edad mínima habitual de la clase", "Usual minimum age of the class")),
        Column(name="age_max_days", dtype="float64", unit="días", minimum=0.0, description=Text(
            "Edad máxima habitual de la clase", "Usual maximum age of the class")),
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


@dataclass(frozen=True, slots=True)
class ServiceSupply:
    """Which centres offer which service, and how many places.

    Parameters
    ----------
    services
        The services computed, by identifier, in the order of the columns below.
    offers
        Shape (centres, services): whether a centre offers a service.
    low, central, high
        Places, same shape; NaN where a centre does not offer the service or they are unknown.
    """

    services: Mapping[str, Service]
    offers: npt.NDArray[np.bool_]
    low: npt.NDArray[np.float64]
    central: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]


def counted_classes(optional: Sequence[str]) -> tuple[str, ...]:
    """Return the SCIAN classes that count: the default set and the optional ones asked for."""
    return tuple(
        scian
        for scian, care in care_classes().items()
        if care.membership == "default" or (care.membership == "optional" and scian in optional)
    )


def classify(
    establishments: gpd.GeoDataFrame, *, optional: Sequence[str], edition: str
) -> tuple[gpd.GeoDataFrame, Dropped]:
    """Return care centres from establishments.

    Type, category, people served, ages and sector come from the class; places from the staff band
    by the proxy table, with its low and high values, unknown for types that have none (schools).
    Rows of one class and one name within ``SAME_CENTRE_M`` are one centre: the first identifier
    stays and the others are listed in ``merged_ids``.

    Parameters
    ----------
    establishments
        ``data.denue.ESTABLISHMENTS`` rows.
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
    counted = establishments["scian"].isin(counted_classes(optional))
    never = [scian for scian, care in care_classes().items() if care.membership == "never"]
    excluded = establishments["scian"].isin(never)
    dropped.add("clase_que_no_es_cuidado", establishments.loc[excluded, "denue_id"])
    dropped.add("clase_no_pedida", establishments.loc[~counted & ~excluded, "denue_id"])
    rows = _merge_repeated(establishments[counted].reset_index(drop=True), dropped)
    described = pd.DataFrame(
        [_described(scian) for scian in rows["scian"].unique()],
        columns=["scian", *_CLASS_COLUMNS],
    )
    centres = rows.merge(described, on="scian", how="left")
    has_clee = centres["clee"].notna() & ~centres["clee"].duplicated(keep=False)
    centres["facility_id"] = centres["clee"].where(has_clee, "denue-" + centres["denue_id"])
    for bound in ("low", "central", "high"):
        centres[f"places_{bound}"] = _places(centres, bound)
    centres["edition"] = pd.Series(edition, index=centres.index, dtype="str")
    frame = gpd.GeoDataFrame(centres, geometry="geometry", crs=establishments.crs)
    frame = frame.astype({column.name: column.dtype for column in CENTRES.columns})
    return CENTRES.check(frame.sort_values("facility_id")), dropped


_CLASS_COLUMNS = (
    "activity", "service_type", "category", "sector", "age_min_days", "age_max_days",
    *(f"serves_{group}" for group in GROUPS),
)  # fmt: skip


def _described(scian: str) -> tuple[object, ...]:
    care = care_classes()[scian]
    return (
        scian, care.label, care.service_type, care.category, care.sector,
        care.age_min_days, care.age_max_days, *(group in care.groups for group in GROUPS),
    )  # fmt: skip


def _places(centres: pd.DataFrame, bound: str) -> pd.Series:
    table = {
        f"{service_type}|{band}": getattr(places, bound)
        for (service_type, band), places in staff_places().items()
    }
    keys = centres["service_type"] + "|" + centres["staff_band"]
    return keys.map(table).astype("float64")


def _merge_repeated(rows: gpd.GeoDataFrame, dropped: Dropped) -> gpd.GeoDataFrame:
    """Merge rows of one class and name that lie together; nameless rows are never merged."""
    metric = rows.geometry.to_crs(METRIC_CRS)
    name = rows["name"].str.upper().str.normalize("NFKD").str.replace(r"[^A-Z0-9]", "", regex=True)
    named = pd.DataFrame(
        {"name": name, "scian": rows["scian"], "x": metric.x, "y": metric.y, "id": rows["denue_id"]}
    )
    repeated = named[name.notna() & named.duplicated(["name", "scian"], keep=False)]
    merged: dict[str, list[str]] = {}
    gone: list[int] = []
    for _, group in repeated.groupby(["name", "scian"]):
        kept: list[int] = []
        for row in group.index:
            near = [
                other
                for other in kept
                if np.hypot(group.x[row] - group.x[other], group.y[row] - group.y[other])
                <= SAME_CENTRE_M
            ]
            if near:
                merged.setdefault(str(group.id[near[0]]), []).append(str(group.id[row]))
                gone.append(int(row))
            else:
                kept.append(int(row))
    dropped.add("centro_repetido_unido", rows.loc[gone, "denue_id"])
    rows = rows.drop(index=gone)
    others = {key: ";".join(sorted(values)) for key, values in merged.items()}
    return rows.assign(merged_ids=rows["denue_id"].map(others).astype("str"))


def supply_services(
    centres: pd.DataFrame, *, held: Sequence[str], optional: Sequence[str]
) -> tuple[ServiceSupply, dict[str, Text]]:
    """Return who offers what, for the services the directory at hand can tell of.

    Parameters
    ----------
    centres
        ``CENTRES`` rows.
    held
        SCIAN classes the directory file holds; a class outside it is unknown, not absent.
    optional
        Optional classes that count as well.

    Returns
    -------
    supply, missing
        The services with at least one class in the file, and for the others or the incomplete
        ones a sentence that says which classes lack.
    """
    missing: dict[str, Text] = {}
    offered: dict[str, Service] = {}
    for name, service in services().items():
        lacking = [scian for scian in service.classes if scian not in held]
        if lacking:
            listed = ", ".join(lacking)
            missing[name] = Text(
                f"El archivo de establecimientos no trae las clases {listed}",
                f"The file of establishments does not hold classes {listed}",
            )
        if len(lacking) < len(service.classes):
            offered[name] = service
    offers = np.column_stack(
        [_offers(centres, service, optional) for service in offered.values()]
        or [np.zeros((len(centres), 0), dtype=bool)]
    )
    places = {
        bound: np.where(offers, centres[f"places_{bound}"].to_numpy()[:, None], np.nan)
        for bound in ("low", "central", "high")
    }
    return ServiceSupply(offered, offers, places["low"], places["central"], places["high"]), missing


def _offers(
    centres: pd.DataFrame, service: Service, optional: Sequence[str]
) -> npt.NDArray[np.bool_]:
    classes = [*service.classes, *(c for c in service.optional_classes if c in optional)]
    offering: npt.NDArray[np.bool_] = centres["scian"].isin(classes).to_numpy(dtype=bool)
    return offering
