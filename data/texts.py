"""Texts that people read, in Spanish and English."""

from typing import Literal, NamedTuple

Language = Literal["es", "en"]


class Text(NamedTuple):
    """One message or description in both languages of the product.

    Parameters
    ----------
    es
        Spanish, shown first.
    en
        English, one click away.
    """

    es: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the text in one language."""
        return self.en if language == "en" else self.es
