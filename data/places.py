"""Codes and names of places: joining, checking and comparing them."""

import re
import unicodedata
from collections.abc import Collection

import pandas as pd

from data.tables import Level

# Longitude and latitude that hold Mexico, islands and exclusive economic zone aside.
MEXICO_BOUNDS = (-118.6, 14.3, -86.5, 32.9)
_NOT_OF_NAMES = re.compile("[^A-Z0-9Ñ]+")
# A letter that stands alone and is not the prefix of a number (U 630).
_LETTER = r"(?!U \d)[A-ZÑ](?!\S)"
_LEGAL_FORM = re.compile(rf"(?<!\S)([AS] C(?: P)?)(?!\S)(?! {_LETTER})")
_INITIALS = re.compile(rf"(?<!\S)[A-ZÑ](?: {_LETTER})+")
CODE_PATTERN = r"\d{2}(\d{3}(\d{4}([0-9A-Z]{4}(\d{3})?)?)?)?"


def normalise_name(name: str) -> str:
    """Return a name in upper case, without accents or punctuation, single-spaced.

    The letter Ñ keeps its own identity (``NIÑOS`` is not ``NINOS``).
    """
    plain = name.upper()
    if not plain.isascii():
        kept = unicodedata.normalize("NFKD", plain.replace("Ñ", "\0"))
        plain = kept.encode("ascii", "ignore").decode().replace("\0", "Ñ")
    return _NOT_OF_NAMES.sub(" ", plain).strip()


def join_initials(name: str) -> str:
    """Return a normalised name with its spelled-out initials joined: ``I M S S`` is ``IMSS``.

    Legal forms are joined first (``MORELOS I S C`` is ``MORELOS I SC``). A letter before a number
    may be its prefix and not an initial: ``S C U 630`` is ``SC U 630``.
    """
    return _INITIALS.sub(_without_spaces, _LEGAL_FORM.sub(_without_spaces, name))


def _without_spaces(run: re.Match[str]) -> str:
    return run[0].replace(" ", "")


def pad(values: pd.Series, width: int) -> pd.Series:
    """Return codes as text with their leading zeros; blank is unknown.

    Codes that came through a spreadsheet lose their zeros (``1``, ``1.0``) and get them back.
    """
    text = values.astype("str").str.strip().str.replace(r"\.0$", "", regex=True).str.upper()
    return text.where(text.str.len() > 0).str.zfill(width)


def complete_code(values: pd.Series) -> pd.Series:
    """Return whole codes (``cvegeo``) as text, with the leading zero spreadsheets take away.

    Codes of the first nine states begin with a zero; without it they are one character short of
    their level's length, which is no other level's length.
    """
    text = values.astype("str").str.strip().str.replace(r"\.0$", "", regex=True).str.upper()
    text = text.where(text.str.len() > 0)
    short = text.str.len().isin([level.code_length - 1 for level in Level])
    return text.mask(short, "0" + text)


def level_of(codes: pd.Series) -> pd.Series:
    """Return the level of each ``cvegeo`` by its length, unknown for other lengths."""
    return codes.str.len().map({level.code_length: level.value for level in Level}).astype("str")


def within(codes: pd.Series, places: Collection[str]) -> pd.Series:
    """Say whether each code lies in one of the places; with no places, every code does."""
    if not places:
        return pd.Series(data=True, index=codes.index)
    return codes.fillna("").str.startswith(tuple(places))


def inside_mexico(lon: pd.Series, lat: pd.Series) -> pd.Series:
    """Say whether each point, in degrees, lies in the box that holds Mexico."""
    west, south, east, north = MEXICO_BOUNDS
    return lon.between(west, east) & lat.between(south, north)
