"""Urban environment of the demo city's blocks: sidewalks, ramps, lighting, crossings."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.demo.plan import MUNICIPALITIES, STATE, STATE_NAME, Plan
from data.demo.zones import ZONES

ITEMS: tuple[str, ...] = (
    "RECUCALL", "RAMPAS", "PASOPEAT", "BANQUETA", "GUARNICI", "CICLOVIA", "CICLOCAR", "ALUMPUB",
    "LETRERO", "TELPUB", "ARBOLES", "DRENAJEP", "TRANSCOL", "ACESOPER", "ACESOAUT", "PUESSEMI",
    "PUESAMBU", "SEMAPEAT", "SEMAAUDI", "PARATRAN", "ESTABICI",
)  # fmt: skip
LABELS: Mapping[int, str] = {
    1: "Todas las vialidades", 2: "Alguna vialidad", 3: "Ninguna vialidad",
    7: "Conjunto habitacional", 8: "No aplica", 9: "No especificado",
}  # fmt: skip
_AS_COMPLEX = 0.6  # share of gated blocks surveyed as housing complexes
_UNSPECIFIED = 0.008
_COMPLEX, _NOT_APPLICABLE, _UNKNOWN = 7, 8, 9
# Share of blocks with the item on all streets, and on some: where streets are poor and good.
_SHARES: Mapping[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "RECUCALL": ((0.05, 0.25), (0.96, 0.03)), "RAMPAS": ((0.0, 0.01), (0.10, 0.45)),
    "PASOPEAT": ((0.0, 0.01), (0.02, 0.22)), "BANQUETA": ((0.03, 0.25), (0.86, 0.13)),
    "GUARNICI": ((0.04, 0.28), (0.88, 0.11)), "CICLOVIA": ((0.0, 0.0), (0.0, 0.03)),
    "CICLOCAR": ((0.0, 0.0), (0.0, 0.03)), "ALUMPUB": ((0.06, 0.50), (0.62, 0.37)),
    "LETRERO": ((0.01, 0.15), (0.40, 0.52)), "TELPUB": ((0.0, 0.01), (0.0, 0.12)),
    "ARBOLES": ((0.03, 0.38), (0.38, 0.56)), "DRENAJEP": ((0.0, 0.03), (0.03, 0.30)),
    "TRANSCOL": ((0.0, 0.12), (0.01, 0.33)), "ACESOPER": ((0.0, 0.01), (0.01, 0.02)),
    "ACESOAUT": ((0.02, 0.10), (0.01, 0.03)), "PUESSEMI": ((0.0, 0.02), (0.0, 0.06)),
    "PUESAMBU": ((0.0, 0.03), (0.0, 0.09)), "SEMAPEAT": ((0.0, 0.0), (0.0, 0.05)),
    "SEMAAUDI": ((0.0, 0.0), (0.0, 0.01)), "PARATRAN": ((0.0, 0.02), (0.0, 0.14)),
    "ESTABICI": ((0.0, 0.0), (0.0, 0.01)),
}  # fmt: skip
_CENSUS = (
    "POBTOT", "POBFEM", "POBMAS", "POB0_14", "P_60YMAS", "PCON_DISC", "GRAPROES", "GRAPROES_F",
    "GRAPROES_M", "VIVTOT", "TVIVPAR", "TVIVPARHAB", "VIVPAR_DES", "PRO_OCUP_C", "PROM_OCUP",
)  # fmt: skip
_OWN_NAMES = {
    "PCON_DISC": "P_CD_T", "TVIVPAR": "VIVPAR", "TVIVPARHAB": "TVIPAHAB", "VIVPAR_DES": "VIVNOHAB",
}  # fmt: skip


def environment_rows(plan: Plan, areas: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the wide block table of the urban environment, as text.

    Parameters
    ----------
    plan
        Blocks with their kind of neighbourhood.
    areas
        The published census table by ``cvegeo``: its hidden cells stay hidden here.
    rng
        Source of chance.
    """
    blocks = plan.blocks
    quality = (
        blocks["zone"]
        .map({name: zone.sidewalk for name, zone in ZONES.items()})
        .to_numpy(dtype=np.float64)
    )
    quality = np.clip(quality + rng.normal(0, 0.07, len(blocks)), 0.0, 1.0)
    census = areas.loc[blocks["cvegeo"], list(_CENSUS)].rename(columns=_OWN_NAMES)
    codes = blocks["cvegeo"].str
    names = plan.localities.set_index("cvegeo")["name"]
    place = pd.DataFrame({
        "CVEGEO": blocks["cvegeo"], "CVE_ENT": STATE, "NOM_ENT": STATE_NAME, "CVE_MUN": codes[2:5],
        "NOM_MUN": codes[2:5].map(MUNICIPALITIES), "CVE_LOC": codes[5:9],
        "NOM_LOC": codes[:9].map(names), "CVE_AGEB": codes[9:13], "CVE_MZA": codes[13:],
        "AMBITO": "Urbana", "TIPOMZA": block_types(plan),
    })  # fmt: skip
    items = _items(blocks, quality, rng)
    dates = pd.DataFrame({"FECHA_CEU": "2020", "FECHA_POLI": "2020", "FECHA_INF": "2020"},
                         index=blocks.index)  # fmt: skip
    return pd.concat([place, census.set_index(blocks.index), items, dates], axis=1)


def block_types(plan: Plan) -> pd.Series:
    """Return the type of each block, in INEGI's words."""
    return plan.blocks["use"].map(
        {"habitada": "Típica", "vacia": "Típica", "plaza": "Plaza", "parque": "Área verde"}
    )


def _items(blocks: pd.DataFrame, quality: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    gated = (blocks["zone"] == "privado").to_numpy() & (rng.random(len(blocks)) < _AS_COMPLEX)
    green = blocks["zone"].eq("parque").to_numpy()
    return item_columns(quality, rng, complexes=gated, green=green).set_index(blocks.index)


def item_columns(
    quality: np.ndarray, rng: np.random.Generator, *, complexes: np.ndarray, green: np.ndarray
) -> pd.DataFrame:
    """Return code (``_C``) and words (``_D``) of every item, drawn block by block.

    Parameters
    ----------
    quality
        How good the streets of each block are, 0 to 1.
    rng
        Source of chance.
    complexes, green
        Which blocks are housing complexes, and which are parks.
    """
    unknown = rng.random(len(quality)) < _UNSPECIFIED
    columns: dict[str, object] = {}
    for item in ITEMS:
        poor, good = np.asarray(_SHARES[item])
        every, some = poor[:, None] + (good - poor)[:, None] * quality
        chance = rng.random(len(quality))
        code = np.where(chance < every, 1, np.where(chance < every + some, 2, 3))
        code = np.where(complexes, _COMPLEX, np.where(green, _NOT_APPLICABLE, code))
        code = np.where(unknown, _UNKNOWN, code)
        columns[f"{item}_C"] = code.astype(str)
        columns[f"{item}_D"] = pd.Series(code).map(LABELS).to_numpy()
    return pd.DataFrame(columns)
