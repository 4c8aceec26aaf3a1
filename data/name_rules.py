"""Rules that read a centre's name: the language of their patterns, and what makes a rule bad.

A pattern is one or more phrases separated by ``|``; a phrase is words separated by spaces, matched
whole and in order within a normalised name whose initials are joined (``data.places``). A word may
end in ``*`` (any ending); ``#`` stands for a number, ``###`` for one of at least three digits;
``^`` before a phrase ties it to the start of the name and ``$`` after it to the end. The pattern
``*`` alone fits every name. Patterns become regular expressions without backtracking: no name
and no codebook makes them slow.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from data.codebook_rows import Row
from data.places import join_initials
from data.texts import Text

ANY_NAME = "*"
FIELDS = ("name", "legal_name")
AXES = ("scheme", "sector", "institution", "age_min_days", "age_max_days")
Field = Literal["name", "legal_name"]
_WORD = re.compile(r"[A-Z0-9Ñ]+\*?|[A-Z0-9Ñ]*#+")
# Stands in a made-up name for words no phrase asks for.
_OTHER_WORD = "ÑÑÑÑ"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Phrases of which a name must hold one.

    Parameters
    ----------
    phrases
        The phrases as written.
    """

    phrases: tuple[str, ...]

    @property
    def regex(self) -> str:
        """Regular expression (RE2 and Python) for a normalised name with a space at each end."""
        if ANY_NAME in self.phrases:
            return r"\S"
        return "|".join(_phrase_regex(phrase) for phrase in self.phrases)

    def fits(self, name: str) -> bool:
        """Say whether a normalised name holds one of the phrases."""
        return re.search(self.regex, f" {name} ") is not None

    def witnesses(self) -> tuple[str, ...]:
        """Return for each phrase the shortest name that holds it, other words around it."""
        return tuple(_witness(phrase) for phrase in self.phrases)


def _phrase_regex(phrase: str) -> str:
    body = " ".join(
        re.sub("#+$", lambda tail: rf"\d{{{len(tail[0])},}}", word).replace("*", r"\S*")
        for word in phrase.strip("^$").split()
    )
    start, end = ("^ " if phrase.startswith("^") else " "), (" $" if phrase.endswith("$") else " ")
    return f"{start}{body}{end}"


def _witness(phrase: str) -> str:
    if phrase == ANY_NAME:
        return _OTHER_WORD
    words = " ".join(
        re.sub("#+$", lambda tail: "7" * len(tail[0]), word.rstrip("*"))
        for word in phrase.strip("^$").split()
    )
    before = "" if phrase.startswith("^") else f"{_OTHER_WORD} "
    after = "" if phrase.endswith("$") else f" {_OTHER_WORD}"
    return f"{before}{words}{after}"


def parse_pattern(row: Row, column: str) -> Pattern | None:
    """Return the pattern of a cell, or None where it is blank.

    Raises
    ------
    InputError
        If a phrase holds what no normalised name holds (accents, lower case, punctuation), so
        that it could never fit.
    """
    if not row.text(column):
        return None
    phrases = tuple(" ".join(phrase.split()) for phrase in row.text(column).split("|"))
    for phrase in phrases:
        words = phrase.removeprefix("^").removesuffix("$").split()
        readable = all(map(_WORD.fullmatch, words)) and join_initials(phrase) == phrase
        if phrase != ANY_NAME and not (words and readable):
            raise row.wrong(
                column,
                Text(f"Ningún nombre puede tener esta frase: {phrase!r}",
                     f"No name can hold this phrase: {phrase!r}"),
                Text("Use mayúsculas sin acentos ni signos, siglas juntas (AC); * al final de una"
                     " palabra, # por un número, ^ y $ por el principio y el fin",
                     "Use capitals without accents or marks, initials joined (AC); * at the end of"
                     " a word, # for a number, ^ and $ for the start and the end"),
            )  # fmt: skip
    return Pattern(phrases)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRule:
    """What a name says of a centre of certain classes.

    Parameters
    ----------
    rule_id
        Identifier, kept with every centre the rule decided something of.
    pattern, excepting
        Names it speaks of, and those among them it does not.
    fields
        Columns it looks at; one that fits is enough.
    classes
        SCIAN classes it applies to.
    scheme, sector, institution
        What it says on each axis, or None.
    age_min_days, age_max_days
        Ages in place of those of the class, or None.
    precedence
        Of two rules that speak of one axis the higher decides.
    confidence
        How far the rule is to be believed, 0–1.
    source
        Why.
    row
        Row of the codebook, for errors.
    """

    rule_id: str
    pattern: Pattern
    excepting: Pattern | None
    fields: tuple[str, ...]
    classes: tuple[str, ...]
    scheme: str | None
    sector: str | None
    institution: str | None
    age_min_days: float | None
    age_max_days: float | None
    precedence: int
    confidence: float
    source: str
    row: Row

    def says(self) -> tuple[str, ...]:
        """Return the axes the rule speaks of."""
        return tuple(axis for axis in AXES if getattr(self, axis) is not None)


def check_rules(rules: Sequence[NameRule]) -> None:
    """Refuse rules that can never fire and rules whose order is not said.

    Raises
    ------
    InputError
        At the first repeated identifier, rule that says nothing, applies to no class, excepts all
        it fits or stands behind others that always decide first; or at two rules of one precedence
        that could give one centre different answers.
    """
    seen: set[str] = set()
    for rule in rules:
        _refuse(
            rule.rule_id in seen,
            rule,
            "rule_id",
            Text("Regla repetida", "Repeated rule"),
            Text("Dé a cada regla un nombre propio", "Give each rule a name of its own"),
        )
        seen.add(rule.rule_id)
        _refuse(
            not rule.says(),
            rule,
            "rule_id",
            Text("La regla no dice nada", "The rule says nothing"),
            Text(
                "Llene scheme, sector, institution o una edad",
                "Fill in scheme, sector, institution or an age",
            ),
        )
        _refuse(
            not rule.classes,
            rule,
            "classes",
            Text("La regla no se aplica a ninguna clase", "The rule applies to no class"),
            Text("Escriba clases de scian.csv", "Write classes of scian.csv"),
        )
        except_all = rule.excepting is not None and all(
            rule.excepting.fits(witness) for witness in rule.pattern.witnesses()
        )
        _refuse(
            except_all,
            rule,
            "except",
            Text("La regla exceptúa todo lo que busca", "The rule excepts all it looks for"),
            Text("Quite la excepción o la regla", "Take out the exception or the rule"),
        )
        _refuse_shadowed(rule, rules)
    for first, second in _undecided(rules):
        _refuse(True, second, "precedence",  # noqa: FBT003 — the condition is the loop itself
                Text(f"Misma precedencia que {first.rule_id} y otra respuesta",
                     f"Same precedence as {first.rule_id} and another answer"),
                Text("Dé a una de las dos mayor precedencia",
                     "Give one of them more precedence"))  # fmt: skip


def _refuse(wrong: bool, rule: NameRule, column: str, problem: Text, remedy: Text) -> None:  # noqa: FBT001
    if wrong:
        raise rule.row.wrong(column, problem, remedy)


def _refuse_shadowed(rule: NameRule, rules: Sequence[NameRule]) -> None:
    """Refuse a rule none of whose answers can ever be taken.

    A rule without exceptions that fits a phrase with other words around it fits every name with
    that phrase. So if on every axis, in every class and for every phrase a higher rule of that kind
    looks at the same columns, the rule is never heard.
    """
    above = [
        other for other in rules if other.precedence > rule.precedence and other.excepting is None
    ]

    def covered(axis: str, scian: str, witness: str) -> bool:
        return any(
            axis in other.says()
            and scian in other.classes
            and set(rule.fields) <= set(other.fields)
            and other.pattern.fits(witness)
            for other in above
        )

    for phrase, witness in zip(rule.pattern.phrases, rule.pattern.witnesses(), strict=True):
        hidden = all(
            covered(axis, scian, witness) for axis in rule.says() for scian in rule.classes
        )
        _refuse(hidden, rule, "pattern",
                Text(f"Otra regla de mayor precedencia decide siempre antes: {phrase!r}",
                     f"Another rule of more precedence always decides first: {phrase!r}"),
                Text("Suba la precedencia o quite la frase",
                     "Raise the precedence or take the phrase out"))  # fmt: skip


def _undecided(rules: Sequence[NameRule]) -> Iterable[tuple[NameRule, NameRule]]:
    for position, second in enumerate(rules):
        for first in rules[:position]:
            if first.precedence == second.precedence and set(first.classes) & set(second.classes):
                shared = set(first.says()) & set(second.says())
                if any(getattr(first, axis) != getattr(second, axis) for axis in shared):
                    yield first, second
