"""Layers of the Marco Geoestadístico, with INEGI's names and attributes."""

import geopandas as gpd
import pandas as pd

from data.demo.plan import STATE, Plan
from data.demo.streetscape import block_types
from data.demo.writers import layer


def frame_layers(plan: Plan, unplaced: str) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of the frame by name (``99m`` blocks, ``99e`` street axes …).

    Parameters
    ----------
    plan
        Where everything is.
    unplaced
        ``cvegeo`` of a rural locality that is left out.
    """
    rural = plan.rural[plan.rural["cvegeo"] != unplaced]
    services = plan.services
    lines = services["geometry"].map(lambda item: item.geom_type == "LineString")
    return {
        f"{STATE}ent": layer(_keys(plan.state["cvegeo"], 2, plan.state["name"]),
                             plan.state["geometry"]),
        f"{STATE}mun": layer(_keys(plan.municipalities["cvegeo"], 5, plan.municipalities["name"]),
                             plan.municipalities["geometry"]),
        f"{STATE}l": layer(
            _keys(plan.localities["cvegeo"], 9, plan.localities["name"]).assign(AMBITO="Urbana"),
            plan.localities["geometry"],
        ),
        f"{STATE}lpr": layer(
            _keys(rural["cvegeo"], 9, rural["name"]).assign(PLANO="0"), rural["geometry"]
        ),
        f"{STATE}a": layer(_keys(plan.agebs["cvegeo"], 13), plan.agebs["geometry"]),
        f"{STATE}m": layer(
            _keys(plan.blocks["cvegeo"], 16).assign(
                AMBITO="Urbana", TIPOMZA=list(block_types(plan))
            ),
            plan.blocks["geometry"],
        ),
        f"{STATE}e": layer(_street_attributes(plan.streets), plan.streets["geometry"]),
        f"{STATE}sia": layer(_service_attributes(services[~lines]), services["geometry"][~lines]),
        f"{STATE}sil": layer(_service_attributes(services[lines]), services["geometry"][lines]),
    }  # fmt: skip


def _keys(cvegeo: pd.Series, length: int, name: pd.Series | None = None) -> pd.DataFrame:
    cuts = (("CVE_ENT", 0, 2), ("CVE_MUN", 2, 5), ("CVE_LOC", 5, 9), ("CVE_AGEB", 9, 13),
            ("CVE_MZA", 13, 16))  # fmt: skip
    columns = {"CVEGEO": list(cvegeo)}
    columns |= {key: list(cvegeo.str[start:end]) for key, start, end in cuts if end <= length}
    if name is not None:
        columns["NOMGEO"] = list(name)
    return pd.DataFrame(columns)


def _street_attributes(streets: pd.DataFrame) -> pd.DataFrame:
    """Return one row a piece of street: its street's number and its own within the place."""
    place = streets["cvegeo"].str.ljust(9, "0")
    street = streets.groupby([place, "kind", "name"], sort=False).ngroup() + 1
    piece = streets.groupby([place, street], sort=False).cumcount() + 1
    number, segment = street.astype(str).str.zfill(5), piece.astype(str).str.zfill(5)
    return pd.DataFrame({
        "CVEGEO": place + number + segment,
        "CVE_ENT": place.str[:2], "CVE_MUN": place.str[2:5], "CVE_LOC": place.str[5:9],
        "CVEVIAL": number, "CVESEG": segment, "NOMVIAL": streets["name"],
        "TIPOVIAL": streets["kind"],
        "AMBITO": streets["urban"].map({True: "Urbana", False: "Rural"}),
        "SENTIDO": streets["one_way"].map({True: "Un sentido", False: "Dos sentidos"}),
    })  # fmt: skip


def _service_attributes(services: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({
        "CVEGEO": f"{STATE}0010001", "CVE_ENT": STATE, "CVE_MUN": "001", "CVE_LOC": "0001",
        "GEOGRAFICO": list(services["kind"]), "NOMSERV": list(services["name"]),
        "TIPO": list(services["kind"]), "CONDICION": "En operación", "AMBITO": "Urbana",
    }, index=range(len(services)))  # fmt: skip
