"""Establishments of the demo city in DENUE's 42 columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from data.census_variables import words
from data.demo.geometry import Floats, Ints
from data.demo.offers import CARE, LABELS, OTHERS, STAFF_BANDS, Offer
from data.demo.plan import MUNICIPALITIES, STATE, STATE_NAME, Plan

COLUMNS: tuple[str, ...] = words(
    """
    id clee nom_estab raz_social codigo_act nombre_act per_ocu tipo_vial nom_vial tipo_v_e_1
    nom_v_e_1 tipo_v_e_2 nom_v_e_2 tipo_v_e_3 nom_v_e_3 numero_ext letra_ext edificio edificio_e
    numero_int letra_int tipo_asent nomb_asent tipoCenCom nom_CenCom num_local cod_postal cve_ent
    entidad cve_mun municipio cve_loc localidad ageb manzana telefono correoelec www tipoUniEco
    latitud longitud fecha_alta
    """
)
_FIRST_ID = 9_900_001
_FIRST_UNIT = 1_101
_DATES = ("2010-07", "2014-12", "2016-10", "2019-11", "2020-04", "2021-05")
_EAST_M = 1_500.0  # beyond the river there are fewer of everything
_EAST_WEIGHT = 0.45
# Day care and homes for the old stay near the centre, whoever lives at the edge.
_CONCENTRATED = ("6244", "6233", "6241")
_PULL_M = 1_550.0
_VILLAGE_DWELLINGS = 40
_VILLAGE_SCHOOLS = frozenset({"611112", "611122"})
_FIRST_RURAL_AGEB = 900
_WITH_PHONE = 0.7
_WITH_MAIL = 0.35
_WITH_PAGE = 0.5
_SHORTLIST = 60


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an establishment stands.

    Parameters
    ----------
    cvegeo
        Its block, or its rural locality.
    point
        Coordinates in EPSG:6372.
    colonia
        Its kind and name (``LOCALIDAD`` and the locality's in the country).
    postcode
        Its postcode.
    """

    cvegeo: str
    point: shapely.Point
    colonia: tuple[str, str]
    postcode: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What addresses are made of: streets by place, and names of localities by code."""

    tree: shapely.STRtree
    streets: list[dict[Any, Any]]
    localities: Mapping[str, str]


def draw_establishments(plan: Plan, population: Ints, rng: np.random.Generator) -> pd.DataFrame:
    """Draw every establishment, care or not.

    Parameters
    ----------
    plan
        Where everything is.
    population
        People of each block of the plan, shape (n,).
    rng
        Source of chance.

    Returns
    -------
    DataFrame
        DENUE's columns as text, ``geometry`` in EPSG:6372, and what no directory says: the true
        ``sector`` and ``scheme`` of each; rows sorted by ``id``.
    """
    taken: set[int] = set()
    rows: list[dict[str, object]] = []
    places = pd.concat([plan.localities[["cvegeo", "name"]], plan.rural[["cvegeo", "name"]]])
    around = Surroundings(
        shapely.STRtree(plan.streets["geometry"].to_numpy()),
        plan.streets[["kind", "name"]].to_dict("records"),
        dict(zip(places["cvegeo"], places["name"], strict=True)),
    )
    blocks = plan.blocks.to_dict("records")
    for offer in (*CARE, *OTHERS):
        for turn, position in enumerate(_choose(plan, offer, population, taken, rng)):
            block = blocks[position]
            spot = Spot(
                block["cvegeo"], _at_the_street(block["geometry"], rng),
                (block["colonia_kind"], block["colonia"]), block["postcode"],
            )  # fmt: skip
            rows.append(_row(around, offer, turn, spot, rng))
    for spot in _village_spots(plan, rng):
        for offer in (item for item in CARE if item.scian in _VILLAGE_SCHOOLS):
            rows.append(_row(around, offer, len(rows), spot, rng))
    table = pd.DataFrame(rows)
    order = rng.permutation(len(table))
    table = table.iloc[np.argsort(order)].reset_index(drop=True)
    numbers = _FIRST_ID + np.cumsum(rng.integers(3, 90, len(table)))
    table["id"] = numbers.astype(str)
    table["clee"] = [
        f"{STATE}{int(mun):03d}{code}{n:06d}001000000U{n % 10}"
        for n, (mun, code) in enumerate(
            zip(table["cve_mun"], table["codigo_act"], strict=True), start=11
        )
    ]
    return table[[*COLUMNS, "geometry", "sector", "scheme"]]


def _village_spots(plan: Plan, rng: np.random.Generator) -> list[Spot]:
    villages = plan.rural[plan.rural["dwellings"] >= _VILLAGE_DWELLINGS]
    return [
        Spot(
            village["cvegeo"],
            shapely.Point(np.asarray(village["geometry"].coords[0]) + rng.normal(0, 60, 2)),
            ("LOCALIDAD", village["name"]), f"99{village['cvegeo'][4]}00",
        )
        for village in villages.to_dict("records")
    ]  # fmt: skip


def _choose(
    plan: Plan, offer: Offer, population: Ints, taken: set[int], rng: np.random.Generator
) -> list[int]:
    """Choose blocks by the offer's weights, people and distance to others of the same offer."""
    zone = plan.blocks["zone"].map(dict(offer.where)).fillna(0.0).to_numpy(dtype=np.float64)
    points = shapely.get_coordinates(shapely.centroid(plan.blocks["geometry"].to_numpy()))
    origin = points[plan.blocks["use"].to_numpy() == "plaza"][0]
    east = np.where(points[:, 0] - origin[0] > _EAST_M, _EAST_WEIGHT, 1.0)
    town = plan.blocks["zone"].to_numpy() == "pueblo"
    weight = zone * np.where(town, 1.0, east) * (population + 4.0)
    if offer.scian.startswith(_CONCENTRATED):
        away = np.hypot(*(points - origin).T) / _PULL_M
        weight *= np.where(town, 1.0, 1.0 / (1.0 + away**6))
    weight[plan.blocks["use"].isin(["parque", "plaza"]).to_numpy()] = 0.0
    chosen: list[int] = []
    while len(chosen) < offer.count:
        draw = rng.choice(len(weight), _SHORTLIST, p=weight / weight.sum())
        free = [
            int(position)
            for position in draw
            if position not in taken or not offer.apart_m
            if _clear(points, int(position), chosen, offer.apart_m)
        ]
        chosen.append(free[0] if free else int(draw[0]))
        if offer.apart_m:
            taken.add(chosen[-1])
    return chosen


def _clear(points: Floats, position: int, chosen: list[int], apart_m: float) -> bool:
    if not chosen:
        return True
    return bool(np.hypot(*(points[chosen] - points[position]).T).min() >= apart_m)


def _at_the_street(block: shapely.Polygon, rng: np.random.Generator) -> shapely.Point:
    """Return a point a few metres inside a block, on one of its sides."""
    edge = block.exterior.interpolate(float(rng.random()), normalized=True)
    inner = block.buffer(-4.0)
    return edge if inner.is_empty else shapely.shortest_line(edge, inner).boundary.geoms[1]


def _row(
    around: Surroundings, offer: Offer, turn: int, spot: Spot, rng: np.random.Generator
) -> dict[str, object]:
    word = offer.words[turn % len(offer.words)].upper()
    filling = {"x": word, "n": _FIRST_UNIT + 7 * turn, "c": spot.colonia[1].upper()}
    name = offer.names[turn % len(offer.names)].format(**filling)
    staff = np.asarray(offer.staff) / sum(offer.staff)
    row: dict[str, object] = dict.fromkeys(COLUMNS, "")
    row.update(
        nom_estab=name, raz_social=offer.legal.format(**filling), codigo_act=offer.scian,
        nombre_act=LABELS[offer.scian], per_ocu=STAFF_BANDS[int(rng.choice(len(staff), p=staff))],
        fecha_alta=_DATES[int(rng.integers(len(_DATES)))], tipoUniEco="Fijo", geometry=spot.point,
    )  # fmt: skip
    row["sector"], row["scheme"] = offer.truth
    row.update(_contact(name, rng))
    row.update(_address(around, spot, rng))
    row.update(_place(around, spot))
    return row


def _contact(name: str, rng: np.random.Generator) -> dict[str, str]:
    """Return a phone, a mail address and a page that cannot be anybody's."""
    slug = "".join(c for c in name.lower() if c.isascii() and c.isalnum())[:24]
    phone = f"550000{int(rng.integers(10_000)):04d}" if rng.random() < _WITH_PHONE else ""
    mail = rng.random() < _WITH_MAIL
    return {
        "telefono": phone,
        "correoelec": f"CONTACTO@{slug.upper()}.EXAMPLE" if mail else "",
        "www": f"WWW.{slug.upper()}.EXAMPLE" if mail and rng.random() < _WITH_PAGE else "",
    }


def _address(around: Surroundings, spot: Spot, rng: np.random.Generator) -> dict[str, str]:
    near = around.tree.query(spot.point.buffer(160.0, quad_segs=1))
    distance = shapely.distance(around.tree.geometries[near], spot.point)
    address = {"numero_ext": str(int(rng.integers(100, 999)))}
    keys = ("vial", "v_e_1", "v_e_2", "v_e_3")
    for key, position in zip(keys, near[np.argsort(distance, kind="stable")], strict=False):
        street = around.streets[int(position)]
        address[f"tipo_{key}"] = str(street["kind"]).upper()
        address[f"nom_{key}"] = str(street["name"]).upper()
    return address


def _place(around: Surroundings, spot: Spot) -> dict[str, str]:
    """Return the place columns as DENUE ships them: numeric keys without leading zeros."""
    code = spot.cvegeo
    ageb, block = code[9:13], code[13:]
    rural_ageb = f"{_FIRST_RURAL_AGEB + int(code[2:5])}A"
    return {
        "tipo_asent": spot.colonia[0],
        "nomb_asent": spot.colonia[1].upper(),
        "cod_postal": spot.postcode,
        "cve_ent": STATE,
        "entidad": STATE_NAME.upper(),
        "cve_mun": str(int(code[2:5])),
        "municipio": MUNICIPALITIES[code[2:5]],
        "cve_loc": str(int(code[5:9])),
        "localidad": around.localities[code[:9]],
        "ageb": (str(int(ageb)) if ageb.isdigit() else ageb) if ageb else rural_ageb,
        "manzana": str(int(block)) if block else "",
    }
