"""A clock that jumps changes nothing: durations are taken from the clock that only goes forward."""

import ast
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
# Where the date itself is what is wanted: of a build's report, of a download, of a person's age.
DATED = {"geo/pipeline/build.py", "data/fetch.py", "api/routes/centres.py"}
_WALL = {("time", "time"), ("time", "time_ns"), ("datetime", "now"), ("datetime", "utcnow"),
         ("date", "today"), ("datetime", "today"), ("time", "localtime")}  # fmt: skip


def asks_the_date(path: Path) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in _WALL
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    )


def test_the_date_is_asked_only_where_a_date_is_wanted() -> None:
    asking = {
        path.relative_to(REPOSITORY).as_posix()
        for room in ("api", "geo", "data")
        for path in (REPOSITORY / room).rglob("*.py")
        if "node_modules" not in path.parts and asks_the_date(path)
    }
    assert asking == DATED
