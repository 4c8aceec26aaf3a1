"""What people call care: phrases of daily speech and the kinds of centre they mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from data.classification import GROUPS, default_codebooks
from data.codebook_rows import read_rows
from data.places import normalise_name
from data.texts import Text

FIELDS = ("service_type", "group")
_FILE = "synonyms.csv"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase stands for: centres whose ``field`` is one of ``values``.

    Parameters
    ----------
    field
        ``service_type``, or ``group`` for the people served.
    values
        Kinds of centre, or groups.
    """

    field: str
    values: tuple[str, ...]


@cache
def synonyms() -> Mapping[tuple[str, ...], Meaning]:
    """Return the meaning of each phrase, as the tuple of its words in normal form.

    Raises
    ------
    InputError
        If a phrase is repeated, or means nothing a centre can be.
    """
    content = resources.files("data").joinpath("codebooks", _FILE).read_bytes()
    types = tuple({care.service_type for care in default_codebooks().classes.values()})
    found: dict[tuple[str, ...], Meaning] = {}
    for row in read_rows(content, _FILE, ("phrase", "field", "values")):
        words = tuple(search_words(row.required("phrase")))
        if words in found:
            raise row.wrong(
                "phrase", Text("La frase está repetida", "The phrase is repeated"),
                Text("Deje una sola fila por frase", "Leave one row for each phrase"),
            )  # fmt: skip
        field = row.choice("field", FIELDS)
        values = row.many("values", types if field == "service_type" else GROUPS)
        found[words] = Meaning(field, values)
    return found


def search_words(text: str) -> list[str]:
    """Return the words of a text as a search compares them: capitals, no accents, Ñ as N."""
    return normalise_name(text).replace("Ñ", "N").split()
