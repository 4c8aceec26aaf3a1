"""Who runs a centre and who may use it, read from its class and its name."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.classification import UNKNOWN_SCHEME, Codebooks
from data.name_rules import AXES, FIELDS, NameRule, Pattern
from data.places import join_initials, normalise_name

Bools = npt.NDArray[np.bool_]
# Longer names are cut before they are read: the directory holds none near it.
_MOST_CHARACTERS = 300


def normalised(names: pd.Series, *, initials: bool = False) -> pd.Series:
    """Return normalised names (``data.places.normalise_name``), each distinct one made once.

    Parameters
    ----------
    names
        Names as published; unknown stays unknown, and so does one without letters or digits.
    initials
        Whether to join spelled-out initials (``data.places.join_initials``).
    """
    codes, distinct = pd.factorize(names)
    plain = [normalise_name(str(name)[:_MOST_CHARACTERS]) for name in distinct]
    if initials:
        plain = [join_initials(name) for name in plain]
    known = pd.array([name or None for name in plain], dtype="str")
    return pd.Series(known.take(codes, allow_fill=True), index=names.index)


def read_axes(centres: pd.DataFrame, codebooks: Codebooks) -> pd.DataFrame:
    """Return sector, scheme, institution, entitlement and ages of each centre.

    The sector is that of the class unless a rule says otherwise. The scheme and the institution
    are what the name says; a centre without a name has none, and its scheme is unknown. Ages are
    those of the class, or those a rule gives in their place, and within them those of the scheme.

    Parameters
    ----------
    centres
        Rows with ``name``, ``legal_name``, ``scian``.
    codebooks
        Classes, schemes and rules.

    Returns
    -------
    DataFrame
        On the same index: ``sector scheme institution entitlement age_min_days age_max_days
        rule_ids confidence``. ``rule_ids`` are the rules that decided an axis, joined by ``;`` in
        the order of their precedence; ``confidence`` is the lowest among them, and 0 where the
        scheme is unknown for want of a name.
    """
    decided, rule_ids, confidence = _apply_rules(centres, codebooks.name_rules)
    classes = centres["scian"]
    sector = classes.map({code: care.sector for code, care in codebooks.classes.items()})
    axes = pd.DataFrame(index=centres.index)
    axes["sector"] = decided["sector"].fillna(sector).astype("str")
    axes["scheme"] = decided["scheme"].fillna(UNKNOWN_SCHEME).astype("str")
    axes["institution"] = decided["institution"].astype("str")
    axes["entitlement"] = (
        axes["scheme"]
        .map({name: scheme.entitlement for name, scheme in codebooks.schemes.items()})
        .astype("str")
    )
    axes = axes.join(_ages(classes, axes["scheme"], decided, codebooks))
    axes["rule_ids"] = rule_ids
    axes["confidence"] = confidence
    return axes


def _apply_rules(
    centres: pd.DataFrame, rules: tuple[NameRule, ...]
) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Apply rules from the highest precedence down; the first that speaks of an axis decides it."""
    count = len(centres)
    answers: dict[str, npt.NDArray[np.object_]] = {
        axis: np.full(count, None, dtype=object) for axis in AXES
    }
    open_axes = {axis: np.ones(count, dtype=bool) for axis in AXES}
    confidence = np.full(count, np.nan)
    fired: list[list[str]] = [[] for _ in range(count)]
    codes, classes = pd.factorize(centres["scian"])
    texts = {field: _padded(centres[field]) for field in FIELDS}
    for rule in sorted(rules, key=lambda rule: (-rule.precedence, rule.rule_id)):
        undecided = np.zeros(count, dtype=bool)
        for axis in rule.says():
            undecided |= open_axes[axis]
        rows = np.flatnonzero(undecided & classes.isin(rule.classes)[codes])
        rows = rows[_fits(rule, texts, rows)]
        for axis in rule.says():
            taken = rows[open_axes[axis][rows]]
            answers[axis][taken] = getattr(rule, axis)
            open_axes[axis][taken] = False
        confidence[rows] = np.fmin(confidence[rows], rule.confidence)
        for row in rows.tolist():
            fired[row].append(rule.rule_id)
    decided = pd.DataFrame(answers, index=centres.index)
    ids = [";".join(found) or None for found in fired]
    return (
        decided,
        pd.Series(ids, index=centres.index, dtype="str"),
        pd.Series(confidence, index=centres.index).fillna(0.0),
    )


def _padded(names: pd.Series) -> pa.Array:
    """Return names as rules read them, with a space at each end so that spaces bound words."""
    plain = pa.array(normalised(names, initials=True), type=pa.string(), from_pandas=True)
    return pc.binary_join_element_wise("", plain, "", " ")


def _fits(rule: NameRule, texts: dict[str, pa.Array], rows: npt.NDArray[np.intp]) -> Bools:
    fitting = np.zeros(len(rows), dtype=bool)
    for field in rule.fields:
        names = texts[field].take(pa.array(rows))
        held = _holds(names, rule.pattern)
        if rule.excepting is not None:
            held &= ~_holds(names, rule.excepting)
        fitting |= held
    return fitting


def _holds(names: pa.Array, pattern: Pattern) -> Bools:
    found = pc.fill_null(pc.match_substring_regex(names, pattern.regex), fill_value=False)
    holding: Bools = found.to_numpy(zero_copy_only=False)
    return holding


def _ages(
    classes: pd.Series, scheme: pd.Series, decided: pd.DataFrame, codebooks: Codebooks
) -> pd.DataFrame:
    """Return ages of the class, or of a rule in their place, within those of the scheme.

    A scheme's ages hold only for the types of centre they are about; where the two do not meet,
    those of the class stay.
    """
    ages = pd.DataFrame(index=classes.index)
    for bound in ("age_min_days", "age_max_days"):
        usual = classes.map(
            {code: getattr(care, bound) for code, care in codebooks.classes.items()}
        )
        given = decided[bound].astype("float64")
        ages[bound] = given.fillna(usual.astype("float64"))
    service_type = classes.map({code: c.service_type for code, c in codebooks.classes.items()})
    for name, terms in codebooks.schemes.items():
        bound_to = (scheme == name) & service_type.isin(terms.age_service_types)
        least = ages["age_min_days"].clip(lower=terms.age_min_days)
        most = ages["age_max_days"].clip(upper=terms.age_max_days)
        meets = bound_to & ~(least > most)
        ages["age_min_days"] = ages["age_min_days"].mask(meets, least)
        ages["age_max_days"] = ages["age_max_days"].mask(meets, most)
    return ages
