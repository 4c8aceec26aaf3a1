"""What a made-up country has besides people, places and centres: streetscape, projections, index.

Codes of streets are drawn block by block around a quality of each AGEB; the index of
marginalisation of each AGEB is that of some real one; projections are CONAPO's own of the
municipalities.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.demo.streetscape import item_columns
from data.demo.writers import csv_bytes, write_zip

_COMPLEXES = 0.04  # share of blocks surveyed as housing complexes
_GREEN = 0.02
_SPREAD = 0.07  # of a block's streets about those of its AGEB
_AGEB = 13


def write_environment(
    folder: Path, state: str, name: str, codes: npt.NDArray[np.str_], rng: np.random.Generator
) -> None:
    """Write the urban-environment table of a state, in INEGI's layout.

    Parameters
    ----------
    folder
        Folder of sources.
    state, name
        Code and name of the state.
    codes
        Code of each block.
    rng
        Source of chance.
    """
    code = pd.Series(codes, dtype="str")
    ageb, at = np.unique(code.str[:_AGEB].to_numpy(dtype="str"), return_inverse=True)
    quality = rng.beta(2.0, 1.5, len(ageb))[at] + rng.normal(0, _SPREAD, len(codes))
    chance = rng.random(len(codes))
    items = item_columns(
        np.clip(quality, 0.0, 1.0), rng,
        complexes=chance < _COMPLEXES, green=chance > 1 - _GREEN,
    )  # fmt: skip
    place = pd.DataFrame({
        "CVEGEO": code, "CVE_ENT": state, "NOM_ENT": name, "CVE_MUN": code.str[2:5],
        "CVE_LOC": code.str[5:9], "CVE_AGEB": code.str[9:13], "CVE_MZA": code.str[13:],
        "AMBITO": "Urbana", "TIPOMZA": "Típica",
    })  # fmt: skip
    root = f"eu_{state}_cpv2020"
    table = pd.concat([place, items], axis=1)
    write_zip(folder / f"{root}_csv.zip", {
        f"{root}/conjunto_de_datos/{root}.csv": csv_bytes(table, encoding="utf-8-sig"),
    })  # fmt: skip


def write_marginalisation(
    folder: Path, state: str, agebs: list[str], real: Path, rng: np.random.Generator
) -> None:
    """Write the index of marginalisation of a state's AGEB, in CONAPO's columns."""
    drawn = pd.read_parquet(real / "marginacion" / "ageb_2020.parquet",
                            columns=["IM_2020", "GM_2020", "IMN_2020"])  # fmt: skip
    drawn = drawn.dropna().iloc[rng.integers(0, len(drawn.dropna()), len(agebs))]
    table = pd.concat([pd.Series(agebs, name="CVE_AGEB"), drawn.reset_index(drop=True)], axis=1)
    write_zip(folder / f"marginacion_{state}_csv.zip", {
        f"marginacion_{state}.csv": csv_bytes(table.astype("str"), encoding="utf-8"),
    })  # fmt: skip


def write_projections(folder: Path, state: str, municipalities: set[str], real: Path) -> None:
    """Write CONAPO's projections of a state's municipalities, one row a year, sex and age."""
    table = pd.read_parquet(
        real / "population" / "municipality_2010_2030.parquet",
        columns=["y", "id_st", "id_mun", "geoid", "gender", "age", "population"],
        filters=[("geoid", "in", [int(code) for code in municipalities])],
    )
    write_zip(folder / f"proyecciones_{state}_csv.zip", {
        f"proyecciones_{state}.csv": csv_bytes(table.astype("str"), encoding="utf-8"),
    })  # fmt: skip
