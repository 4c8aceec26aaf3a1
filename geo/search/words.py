"""Open text over centres: synonyms for what is sought, SQLite's FTS5 for names and places."""

import sqlite3
import threading
import weakref
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError, Where
from data.synonyms import Meaning, search_words, synonyms
from data.texts import Text

MOST_CHARACTERS = 200
_MOST_WORDS = 12
_EMPTY_WORDS = frozenset((
    "A", "AL", "CERCA", "CON", "DE", "DEL", "E", "EL", "EN", "FOR", "LA", "LAS", "LOS", "MAS", "MI",
    "NEAR", "O", "OF", "PARA", "POR", "QUE", "THE", "UN", "UNA", "Y",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of a query: its words, and what they mean where they are a synonym."""

    words: tuple[str, ...]
    meaning: Meaning | None


def read_query(text: str) -> tuple[Phrase, ...]:
    """Split open text into known phrases, the longest first, and single words.

    Parameters
    ----------
    text
        What a person wrote. Only its letters and digits count, so nothing in it is syntax.

    Raises
    ------
    ParameterError
        If it is longer than any search needs, or holds no letter or digit.
    """
    if len(text) > MOST_CHARACTERS:
        raise ParameterError(
            Text("La búsqueda es demasiado larga", "The search is too long"),
            where=Where(column="text", value=text),
            remedy=Text(f"Caben {MOST_CHARACTERS} letras", f"{MOST_CHARACTERS} characters fit"),
        )
    words = search_words(text)
    if not words:
        raise ParameterError(
            Text("La búsqueda no tiene letras ni números", "The search has no letters or digits"),
            where=Where(column="text", value=text),
            remedy=Text("Escriba un nombre o un tipo de centro, como «guardería»",
                        "Write a name or a kind of centre, such as “guardería”"),
        )  # fmt: skip
    if len(words) > _MOST_WORDS:
        raise ParameterError(
            Text("La búsqueda tiene demasiadas palabras", "The search has too many words"),
            where=Where(column="text", value=text),
            remedy=Text(f"Caben {_MOST_WORDS} palabras", f"{_MOST_WORDS} words fit"),
        )
    return tuple(_phrases(words))


def _phrases(words: list[str]) -> Iterable[Phrase]:
    known = synonyms()
    longest = max(map(len, known))
    at = 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 0, -1):
            part = tuple(words[at : at + length])
            if part in known:
                yield Phrase(part, known[part])
                at += length
                break
        else:
            if words[at] not in _EMPTY_WORDS:
                yield Phrase((words[at],), None)
            at += 1


class WordIndex:
    """A full-text index in memory, one row a centre.

    Parameters
    ----------
    texts
        The words of each centre.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._lock = threading.Lock()
        self._base = sqlite3.connect(":memory:", check_same_thread=False)
        # Nobody knows when the last request of an atlas that was replaced has done with it.
        weakref.finalize(self, self._base.close)
        self._base.execute(
            "CREATE VIRTUAL TABLE centre USING fts5"
            "(words, content='', tokenize='unicode61 remove_diacritics 2')"
        )
        self._base.executemany(
            "INSERT INTO centre(rowid, words) VALUES (?, ?)", enumerate(texts)
        )  # fmt: skip
        self._base.commit()

    def rows(self, phrase: Phrase) -> npt.NDArray[np.int64]:
        """Return the rows that hold a phrase: as it is if it has a meaning, else as a beginning."""
        # The words hold letters and digits alone, so the quotes cannot be left.
        query = f'"{" ".join(phrase.words)}"' + ("" if phrase.meaning else "*")
        with self._lock:
            found = self._base.execute(
                "SELECT rowid FROM centre WHERE centre MATCH ?", (query,)
            ).fetchall()
        return np.array(found, dtype=np.int64).reshape(-1)
