"""Units in English: every one published, and the same on the page."""

import csv
import re
from pathlib import Path

from geo.units import ENGLISH, unit_in

ROOT = Path(__file__).parents[2]
# Symbols that are the same in both languages.
_SYMBOLS = {"", "min", "m", "°"}


def test_every_unit_of_the_registry_is_said_in_english() -> None:
    with (ROOT / "geo" / "indicators.csv").open(encoding="utf-8") as file:
        units = {row["unit"] for row in csv.DictReader(file)}
    assert units - _SYMBOLS <= set(ENGLISH)
    assert all(unit_in(unit, "count", "es") == unit for unit in units)
    assert unit_in("proporción", "share", "en") == "%"


def test_the_page_says_units_alike() -> None:
    source = (ROOT / "api" / "viewer" / "src" / "formats.ts").read_text(encoding="utf-8")
    table = source.partition("const UNITS")[2].partition("};")[0]
    pairs = dict(re.findall(r'"([^"]+)": "([^"]+)"', table))
    assert len(pairs) > 20
    assert pairs.items() <= ENGLISH.items()
