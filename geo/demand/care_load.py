"""Carga de cuidados: people weighed by the care their age is said to need, on request only.

    load = Σ_b w_b P_b,   w_b the mean of the weights of the single ages of the census band b

The census's bands are not those of the scales. A band that straddles two takes the mean over its
ages, as if they were equally many; the open band of 65 and over takes the weight at 65, since who
is of 80 is not told apart. The bounds take the least and the greatest weight within each band.
It is an index of its own: no measure of access to a service uses it.
"""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from data.codebook_rows import Row, read_codebook, read_rows
from data.errors import InputError, MissingInputError, Where
from data.tables import Column
from data.texts import Text
from geo.demand.entitlement import AGE_BANDS
from geo.demand.suppression import Floats
from geo.demand.variables import DerivedColumn

OLDEST = 110
_MAX_WEIGHT = 100.0
_PRESETS = "care_weights.csv"
_COLUMNS = ("age_min", "age_max", "weight")
Weights = tuple[float, ...]  # weight of each single age, 0 … OLDEST


def read_care_weights(chosen: str) -> Weights:
    """Return the weight of every single age.

    Parameters
    ----------
    chosen
        A preset of ``data/codebooks/care_weights.csv`` (``madrid_2``), or the path of a CSV with
        ``age_min,age_max,weight`` whose rows cover every age once (the last without ``age_max``).

    Raises
    ------
    MissingInputError
        If there is neither such a preset nor such a file.
    InputError
        If a value is no number or out of range, or an age has no weight or two.
    """
    weights = np.full(OLDEST + 1, np.nan)
    for row in _rows(chosen):
        low = row.whole_in("age_min", 0, OLDEST)
        high = row.whole_in("age_max", low, OLDEST) if row.text("age_max") else OLDEST
        weight = row.number_in("weight", 0.0, _MAX_WEIGHT)
        if not np.isnan(weights[low : high + 1]).all():
            raise row.wrong("age_min", Text("Una edad tiene dos pesos", "An age has two weights"),
                            Text("Las edades de las filas no deben cruzarse",
                                 "The ages of rows must not overlap"))  # fmt: skip
        weights[low : high + 1] = weight
    if np.isnan(weights).any():
        age = int(np.isnan(weights).argmax())
        raise InputError(
            Text("Una edad no tiene peso de cuidado", "An age has no care weight"),
            where=Where(file=chosen, column="age_min", value=age),
            remedy=Text("Agregue una fila que la abarque", "Add a row that covers it"),
        )
    return tuple(float(weight) for weight in weights)


def _rows(chosen: str) -> list[Row]:
    content = resources.files("data").joinpath("codebooks", _PRESETS).read_bytes()
    presets = read_rows(content, _PRESETS, ("preset", "title_es", "title_en", *_COLUMNS, "source"))
    if rows := [row for row in presets if row.text("preset") == chosen]:
        return rows
    if not Path(chosen).is_file():
        names = ", ".join(sorted({row.text("preset") for row in presets}))
        raise MissingInputError(
            Text("No hay tales pesos de cuidado", "There are no such care weights"),
            where=Where(column="demand.care_weights", value=chosen),
            remedy=Text(f"Dé un archivo CSV, o uno de {names}", f"Give a CSV, or one of {names}"),
        )
    return read_codebook(Path(chosen), _COLUMNS)


def care_load_frame(table: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    """Return ``care_load`` with its bounds, NaN where an age of the place is unknown.

    Parameters
    ----------
    table
        Cells or places with ``population`` and the ages of ``AGE_BANDS``, with bounds.
    weights
        Of every single age.
    """
    ages = np.array(weights)
    slices = [
        ages[low : (OLDEST if high is None else high) + 1] for low, high in AGE_BANDS.values()
    ]
    middle = [part[0] if high is None else part.mean()
              for part, (_, high) in zip(slices, AGE_BANDS.values(), strict=True)]  # fmt: skip
    value = _load(table, middle, ("", ""))
    low = _load(table, [part.min() for part in slices], ("_low", "_high"))
    high = _load(table, [part.max() for part in slices], ("_high", "_low"))
    columns = {"care_load": value, "care_load_low": np.minimum(low, value),
               "care_load_high": np.maximum(high, value)}  # fmt: skip
    return pd.DataFrame(columns, index=table.index)


def _load(table: pd.DataFrame, weight: list[float], sides: tuple[str, str]) -> Floats:
    """Return Σ w P with each age at the bound that moves the sum its way: others make it whole."""
    by_band = dict(zip(AGE_BANDS, weight, strict=True))
    others = by_band.pop("others")
    total = others * table["population"].to_numpy(dtype="float64")
    for name, own in by_band.items():
        side = sides[0] if own >= others else sides[1]
        total = total + (own - others) * table[name + side].to_numpy(dtype="float64")
    made: Floats = total
    return made


def care_load_columns() -> Iterator[DerivedColumn]:
    """Yield the columns of the index, which are published only where weights were chosen."""
    for side, (es, en) in _SIDES.items():
        column = Column(
            name=f"care_load{side}", dtype="float64", unit="personas ponderadas", minimum=0.0,
            description=Text(
                f"{es}: personas ponderadas por la necesidad de cuidado de su edad, con los pesos "
                "que eligió quien construyó el atlas; no es demanda de ningún servicio",
                f"{en}: people weighed by the care their age needs, with the weights chosen by "
                "whoever built the atlas; it is no service's demand",
            ),
        )  # fmt: skip
        yield DerivedColumn(
            column=column, title=Text(es, en), method="care_load", kind="index"
        )  # fmt: skip


_SIDES = {
    "": Text("Carga de cuidados", "Care load"),
    "_low": Text("Carga de cuidados, cota inferior", "Care load, lower bound"),
    "_high": Text("Carga de cuidados, cota superior", "Care load, upper bound"),
}
