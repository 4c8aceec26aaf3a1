"""The licences of everything that is shipped or installed with the product.

`python tests/supply_chain/licences.py docs/licences.md` writes the page.
"""

import json
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).parents[2]
# Locked for other platforms, or for Python below 3.12 alone, so not always here to be asked.
ELSEWHERE = dict.fromkeys(
    ("click-plugins", "cligj", "colorama", "httpx2-jsfetch"), "BSD-3-Clause"
)  # fmt: skip
# What metadata say in prose, in the order they are looked for, and its SPDX name.
_PROSE = (
    ("mozilla public license 2", "MPL-2.0"),
    ("apache", "Apache-2.0"),
    ("python software foundation", "PSF-2.0"),
    ("psfl", "PSF-2.0"),
    ("kiwi", "BSD-3-Clause"),
    ("matplotlib development team", "PSF-2.0"),
    ("bsd", "BSD-3-Clause"),
    ("redistribution and use in source and binary forms", "BSD-3-Clause"),
    ("mit license", "MIT"),
    ("permission is hereby granted, free of charge", "MIT"),
)
_NAMES = re.compile(r"^([a-z0-9][a-z0-9._-]*)==", re.MULTILINE)


class Licence(NamedTuple):
    """A package and under what it may be used."""

    package: str
    licence: str
    comes_from: str


def locked(lock: str = "requirements.lock") -> list[str]:
    """Return the names of the packages of a lock file, once each."""
    return sorted(set(_NAMES.findall((REPOSITORY / lock).read_text("utf-8"))))


def of_distribution(name: str) -> str:
    """Return the licence of an installed distribution, as an SPDX expression where it is one."""
    try:
        held = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ELSEWHERE.get(name, "")
    if expression := held.get("License-Expression"):
        return str(expression)
    stated = str(held.get("License") or "").strip()
    if len(stated) <= 40 and re.fullmatch(r"[A-Za-z0-9.+-]+( (AND|OR) [A-Za-z0-9.+-]+)*", stated):
        said = stated
    else:
        classifiers = [text for text in held.get_all("Classifier") or () if "License ::" in text]
        said = " OR ".join(classifiers) or stated
    return said if _is_spdx(said) else _spdx_of(said)


def _is_spdx(text: str) -> bool:
    return len(text) <= 120 and bool(re.search(r"-\d|^(MIT|ISC|0BSD)$", text))


def _spdx_of(prose: str) -> str:
    found = [name for words, name in _PROSE if words in prose.lower()]
    if not found and prose.strip().upper().startswith("MIT"):
        found = ["MIT"]
    return " OR ".join(dict.fromkeys(found)) if "::" in prose else (found or [""])[0]


def of_python() -> list[Licence]:
    """Return the licence of every package the product runs with."""
    return [Licence(name, of_distribution(name), "PyPI") for name in locked()]


def of_page() -> list[Licence]:
    """Return the licence of every package that goes into the page's files."""
    lock = json.loads((REPOSITORY / "api/viewer/package-lock.json").read_text("utf-8"))
    return sorted(
        Licence(path.removeprefix("node_modules/"), str(held.get("license", "")), "npm")
        for path, held in lock["packages"].items()
        if path and not held.get("dev")
    )


def page() -> str:
    """Return the document, one row a package."""
    rows = [f"| {held.package} | {held.licence} | {held.comes_from} |" for held in
            (*of_python(), *of_page())]  # fmt: skip
    return "\n".join((
        "# Licences of what the product is made with",
        "",
        "The product is under MIT. It is installed with these packages (`requirements.lock`)",
        "and those whose code goes into the page. Tools of development alone are not listed.",
        "Written by `make licences`; a test holds it to the lock files and refuses a licence that",
        "would bind those who use the product further than its own.",
        "",
        "| package | licence | from |",
        "|---|---|---|",
        *rows,
        "",
    ))  # fmt: skip


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8")
