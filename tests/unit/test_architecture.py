"""The architecture page names what there is, and nothing else."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
# Words in code type, with the room they are said of: `geo.travel`, `denue.read_establishments`.
WORDS = set(re.findall(r"`([A-Za-z_][\w.]*)", PAGE))


def _modules(room: str) -> list[str]:
    """Return the modules and packages a reader finds when opening a room."""
    folder = ROOT / room
    found = [path.stem for path in folder.glob("*.py") if not path.stem.startswith("__")]
    return sorted(
        found + [path.parent.name for path in folder.glob("*/__init__.py")],
    )


@pytest.mark.parametrize("room", ["data", "geo", "api"])
def test_every_module_of_a_room_is_on_the_page(room: str) -> None:
    named = {part for word in WORDS for part in word.split(".")}
    missing = [name for name in _modules(room) if name not in named]
    assert not missing, f"ARCHITECTURE.md does not say what {room}/ has in {missing}"


def test_every_dotted_name_on_the_page_exists() -> None:
    rooms = {room: set(_modules(room)) for room in ("data", "geo", "api")}
    for word in WORDS:
        room, _, rest = word.partition(".")
        if room in rooms and rest:
            name = rest.split(".")[0]
            assert name in rooms[room] or (ROOT / room / name).exists() or name == "toml", word


def test_links_of_the_documents_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://", "mailto:")):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
