"""Types of place by supply, demand, access and participation: k-medoids, named by rule.

Variables are put on one scale, their extremes brought in (so that a few places do not make a type
of their own), and all is repeated with other seeds: the adjusted Rand index says whether the types
come back (Hubert and Arabie, 1985). The number of types is that of the greatest silhouette among
those that come back, those with a type of one or two places last; where none does, the one that
comes nearest to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import InputError, Where
from data.texts import Text
from geo.participation.correlation import require_places, require_variation
from geo.participation.medoids import Medoids, find_medoids

Floats = npt.NDArray[np.float64]
_TYPES = range(3, 7)
_OTHER_SEEDS = 10
# Mean adjusted Rand index from which types come back (Steinley, 2004: 0.8 is good agreement).
_STABLE = 0.8
# Places a type has at least, where any number of types allows it.
_LEAST_OF_TYPE = 3
# Places the silhouette is measured on, taken evenly: it looks at all pairs.
_MOST_PAIRED = 3000
# Beyond so many standard deviations of the places from their mean a type is called high or low.
_MARKED = 0.5
_KEPT = (0.02, 0.98)


@dataclass(frozen=True, slots=True)
class Typology:
    """Types of place.

    Parameters
    ----------
    label
        Shape (n,), ``tipo_1`` …, from the most places to the fewest.
    names
        Name of each type.
    means
        Mean of every variable (rows are types), in its own unit.
    typical
        By type, the row of the place nearest to all others of it: its medoid.
    silhouette
        How apart the types are.
    ari_mean, ari_min
        Adjusted Rand index with the types of other seeds.
    """

    label: npt.NDArray[np.object_]
    names: Mapping[str, Text]
    means: pd.DataFrame
    typical: Mapping[str, int]
    silhouette: float
    ari_mean: float
    ari_min: float


def find_types(table: pd.DataFrame, words: Mapping[str, Text], *, seed: int) -> Typology:
    """Sort places into types.

    Parameters
    ----------
    table
        Variables known at every place, the first being the outcome.
    words
        What each variable is called inside a name: "participación" / "participation".
    seed
        Of the starts.

    Raises
    ------
    InputError
        If there are fewer than 30 places, a variable is the same everywhere, or fewer than three
        places differ.
    """
    require_places(len(table))
    require_variation(**{str(name): table[name].to_numpy("float64") for name in table})
    from sklearn.metrics import silhouette_score

    scaled = np.column_stack([_scale(table[name].to_numpy("float64")) for name in table])
    counts = range(_TYPES.start, min(_TYPES.stop, len(np.unique(scaled, axis=0)) + 1))
    if not counts:
        raise InputError(
            Text("Los lugares son casi todos iguales: no hay tipos que distinguir",
                 "Nearly all places are alike: there are no types to tell apart"),
            where=Where(column=", ".join(map(str, table.columns))),
            remedy=Text("Dé variables en que difieran más", "Give variables in which they differ"),
        )  # fmt: skip
    taken = np.arange(0, len(scaled), -(-len(scaled) // _MOST_PAIRED))
    found = {count: find_medoids(scaled, count, seed=seed) for count in counts}
    apart = {
        count: float(silhouette_score(scaled[taken], made.label[taken]))
        for count, made in found.items()
    }
    few = {
        count: int(np.bincount(made.label).min()) < _LEAST_OF_TYPE for count, made in found.items()
    }
    by_silhouette = sorted(
        counts, key=lambda candidate: (few[candidate], -round(apart[candidate], 6), candidate)
    )
    tried = {}
    for count in by_silhouette:
        tried[count] = _agreement(scaled, found[count], seed)
        if float(np.mean(tried[count])) >= _STABLE:
            break
    count = max(
        tried, key=lambda candidate: (round(float(np.mean(tried[candidate])), 6), -candidate)
    )
    chosen, agreement = found[count].label, tried[count]
    order = sorted(
        np.unique(chosen).tolist(), key=lambda kind: (-int((chosen == kind).sum()), kind)
    )
    ids = {kind: f"tipo_{place}" for place, kind in enumerate(order, start=1)}
    label = np.array([ids[int(kind)] for kind in chosen], dtype=object)
    profile = pd.DataFrame(scaled, columns=table.columns).groupby(label).mean()
    return Typology(
        label,
        name_types(profile, words),
        table.groupby(label).mean(),
        {ids[kind]: int(found[count].medoid[kind]) for kind in order},
        apart[count],
        float(np.mean(agreement)),
        float(np.min(agreement)),
    )


def _agreement(scaled: Floats, made: Medoids, seed: int) -> list[float]:
    """Return the adjusted Rand index of a labelling with those of other seeds."""
    from sklearn.metrics import adjusted_rand_score

    others = (
        find_medoids(scaled, len(made.medoid), seed=seed + more)
        for more in range(1, _OTHER_SEEDS + 1)
    )
    return [float(adjusted_rand_score(made.label, other.label)) for other in others]


def name_types(profile: pd.DataFrame, words: Mapping[str, Text]) -> dict[str, Text]:
    """Name types by rule: the outcome, then what marks the type most, until names differ.

    Parameters
    ----------
    profile
        Mean of every variable of each type in standard deviations; the first is the outcome.
    words
        What each variable is called.

    Returns
    -------
    mapping
        Such as "Más participación, menos lugares de guardería".
    """
    first, rest = profile.columns[0], list(profile.columns[1:])
    for marks in range(1, len(rest) + 1):
        names = {
            str(kind): _name(row, [first, *row[rest].abs().nlargest(marks).index], words)
            for kind, row in profile.iterrows()
        }
        if len({name.es for name in names.values()}) == len(names):
            return names
    # Types alike in every word are told apart by their number.
    return {
        kind: Text(f"{name.es} ({kind[-1]})", f"{name.en} ({kind[-1]})")
        for kind, name in names.items()
    }


def _name(row: pd.Series, columns: list[str], words: Mapping[str, Text]) -> Text:
    parts = [_degree(float(row[column]), words[column]) for column in columns]
    es, en = ", ".join(part.es for part in parts), ", ".join(part.en for part in parts)
    return Text(es[0].upper() + es[1:], en[0].upper() + en[1:])


def _degree(value: float, word: Text) -> Text:
    if value > _MARKED:
        return Text(f"más {word.es}", f"more {word.en}")
    if value < -_MARKED:
        return Text(f"menos {word.es}", f"less {word.en}")
    return Text(f"{word.es} como el promedio", f"{word.en} about the mean")


def _scale(values: Floats) -> Floats:
    """Return standard deviations from the mean, extremes held to 2nd and 98th percentiles."""
    low, high = np.quantile(values, _KEPT)
    held = np.clip(values, low, high) if high > low else values
    return np.asarray((held - held.mean()) / held.std(), dtype="float64")
