"""Places by their name: what an atlas names, folded, and looked through whole."""

import math
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from api.features import Box
from api.store import AtlasVersion
from data.places import normalise_name

_STREETS = "calles"
_MOST_STREETS = 2_000_000  # beyond these, streets are left out: their names would fill the memory
_DECIMALS = 6  # of the degrees of a box
_CELL_DEGREES = 0.05  # segments of one name this near are one street
_MOST_MATCHES = 2_000  # looked at to find the best; a vaguer text gets some of its matches
_MOST_WORDS = 6
_AT_ONCE = 8192  # places held as objects while they are put into columns
# Levels whose places a person may know by name or by number, in the order they are offered.
_LEVELS = ("entidad", "municipio", "localidad", "ageb")
_MUNICIPALITY = 5  # characters of its code
_LARGE = 2  # the first levels: known by any word of their name, “Jacaranda” for Ciudad Jacaranda


@dataclass(frozen=True, slots=True)
class Named:
    """One place or street that has a name.

    Parameters
    ----------
    kind
        Its level, or ``calle``.
    layer, key
        Where it is in the atlas; a street is no row of its own, so its key is None.
    name
        Its name as written in the source; of an AGEB its number.
    within
        Name of its municipality, where it is known.
    box
        West, south, east, north in degrees.
    """

    kind: str
    layer: str
    key: str | None
    name: str
    within: str | None
    box: Box


# A row of its layer, its key, its name, that of its municipality, and its box; a street has only
# the last three.
_Found = tuple[int, str | None, str, str | None, Box]


def fold(text: str) -> str:
    """Return a text as it is compared: upper case, no accents, Ñ as N, single-spaced."""
    return normalise_name(text).replace("Ñ", "N")


class Gazetteer:
    """Every named place of an atlas and the streets, ready to be looked through.

    Names are kept as one text with a line each, so that a search is one pass of the regular
    expression engine and takes a time that grows with the atlas alone. All else of a place lies in
    columns too: an object each takes three times as much.
    """

    def __init__(self, atlas: AtlasVersion) -> None:
        self._atlas = atlas
        self._municipality = _municipalities(atlas)
        self._kinds: list[tuple[int, str, str]] = []  # first of those of a kind, and their layer
        # Of each: its row in its layer, the place of its municipality's name, its box, its name.
        self._rows, self._parents, self._boxes = array("i"), array("i"), array("d")
        self._withins: dict[str | None, int] = {None: 0}
        names: list[Any] = []
        texts: list[str] = []
        lengths = array("i")
        for kind, layer, found in self._sections(atlas):
            self._kinds.append((len(self._rows), kind, layer))
            while some := list(islice(found, _AT_ONCE)):
                lines = [self._line(kind, key, name, within) for _, key, name, within, _ in some]
                names.append(pa.array([name for _, _, name, _, _ in some], pa.string()))
                texts.append("\n".join(lines))
                lengths.extend(len(line) + 1 for line in lines)
                for row, _, _, within, box in some:
                    self._rows.append(row)
                    self._parents.append(self._withins.setdefault(within, len(self._withins)))
                    self._boxes.extend(box)
        self._names = pa.chunked_array(names, pa.string())
        self._text = "\n".join(texts)
        self._known = list(self._withins)
        ends = np.cumsum(np.array(lengths, dtype="int64"))
        self._starts = np.concatenate([[0], ends[:-1]]) if len(ends) else ends

    def find(self, text: str, limit: int) -> list[Named]:
        """Return the places in whose name every word begins a word, the best first.

        Whole names come before parts of names, names before what lies in a place of that name,
        large places before small ones and long streets before short ones, then short names before
        long ones.

        Parameters
        ----------
        text
            What a person typed; only its first six words count.
        limit
            How many to return at most.
        """
        wanted = fold(text)
        words = wanted.split()[:_MOST_WORDS]
        if not words or not self._text:
            return []
        ahead = "".join(rf"(?=.*\b{re.escape(word)})" for word in words)
        pattern = re.compile(rf"^{ahead}", re.MULTILINE)
        own = re.compile(ahead)
        rows = []
        for match in pattern.finditer(self._text):
            rows.append(int(np.searchsorted(self._starts, match.start())))
            if len(rows) == _MOST_MATCHES:
                break
        found = [self._named(row) for row in rows]
        found.sort(key=lambda named: self._rank(named, wanted, own))
        return found[:limit]

    def _named(self, at: int) -> Named:
        _, kind, layer = self._kinds[bisect_right(self._kinds, at, key=lambda of: of[0]) - 1]
        row = self._rows[at]
        west, south, east, north = self._boxes[4 * at : 4 * at + 4]
        return Named(
            kind, layer, self._atlas.table(layer).keys[row] if row >= 0 else None,
            self._names[at].as_py(), self._known[self._parents[at]], (west, south, east, north),
        )  # fmt: skip

    @staticmethod
    def _rank(
        named: Named, wanted: str, own: re.Pattern[str]
    ) -> tuple[bool, bool, bool, int, float, int, str]:
        line = fold(named.name)
        street = named.kind not in _LEVELS
        size = len(_LEVELS) if street else _LEVELS.index(named.kind)
        west, south, east, north = named.box
        length = max(east - west, north - south) if street else 0.0
        named_so = own.match(line) is not None
        # Streets begin with their kind: calle, privada.
        begins = line.startswith(wanted) or street or (named_so and size < _LARGE)
        elsewhere = street and not named_so  # its municipality alone is called so
        return (
            line != wanted, elsewhere, not begins, size, -length, len(line), named.key or line,
        )  # fmt: skip

    @staticmethod
    def _line(kind: str, key: str | None, name: str, within: str | None) -> str:
        # The municipality may be said too: “Hidalgo, Mérida”.
        parts = [name, within or "", key or ""]
        if kind == "ageb":
            parts.insert(0, "AGEB")
        return fold(" ".join(parts))

    def _sections(self, atlas: AtlasVersion) -> Iterator[tuple[str, str, Iterator[_Found]]]:
        for level in _LEVELS:
            record = atlas.levels.get(level)
            if record is not None:
                yield level, record.id, self._places(atlas, level, record.id)
        yield "calle", _STREETS, self._streets(atlas)

    def _places(self, atlas: AtlasVersion, level: str, layer: str) -> Iterator[_Found]:
        table = atlas.table(layer)
        named = "name" in table.columns
        names = table.arrow("name") if named else None
        boxes = table.extents()
        for row, key in enumerate(table.keys):
            name = None if names is None else names[row].as_py()
            west, south, east, north = boxes[row].tolist()
            if math.isnan(west) or (name is None and level != "ageb"):
                continue
            own = level in _LEVELS[:2]
            within = None if own else self._municipality.get(key[:_MUNICIPALITY])
            box = _box([west, south, east, north])
            yield row, key, str(name or key[-4:]), within, box

    def _streets(self, atlas: AtlasVersion) -> Iterator[_Found]:
        record = atlas.manifest.layer(_STREETS)
        if record is None or record.rows > _MOST_STREETS:
            return
        if "name" not in {column.name for column in record.columns}:
            return
        table = pq.read_table(atlas.folder / record.table.path, columns=["name", "geometry"])
        names = table.column("name").to_pylist()
        boxes = shapely.bounds(
            shapely.from_wkb(table.column("geometry").to_numpy(zero_copy_only=False))
        )
        joined: dict[tuple[str, int, int], list[float]] = {}
        spelled: dict[str, str] = {}
        for name, box in zip(names, boxes.tolist(), strict=True):
            if not name or math.isnan(box[0]):
                continue
            west, south, east, north = box
            cell = (
                fold(name),
                int((west + east) / 2 // _CELL_DEGREES),
                int((south + north) / 2 // _CELL_DEGREES),
            )
            spelled.setdefault(cell[0], name)
            held = joined.setdefault(cell, box)
            held[:] = [
                min(held[0], west),
                min(held[1], south),
                max(held[2], east),
                max(held[3], north),
            ]
        places = self._within(atlas, list(joined.values()))
        for (cell, box), within in zip(joined.items(), places, strict=True):
            yield -1, None, spelled[cell[0]], within, _box(box)

    def _within(self, atlas: AtlasVersion, boxes: list[list[float]]) -> list[str | None]:
        """Return the name of the municipality that each box's middle lies in."""
        record = atlas.levels.get("municipio")
        found: list[str | None] = [None] * len(boxes)
        if record is None or not boxes:
            return found
        table = atlas.table(record.id)
        edges = np.array(boxes)
        middles = shapely.points((edges[:, 0] + edges[:, 2]) / 2, (edges[:, 1] + edges[:, 3]) / 2)
        tree = shapely.STRtree(table.shapes(np.arange(len(table))))
        for at, row in zip(*tree.query(middles, predicate="intersects").tolist(), strict=True):
            found[at] = self._municipality.get(table.keys[row])
        return found


def _box(edges: list[float]) -> Box:
    west, south, east, north = (round(edge, _DECIMALS) for edge in edges)
    return west, south, east, north


def _municipalities(atlas: AtlasVersion) -> dict[str, str]:
    record = atlas.levels.get("municipio")
    if record is None:
        return {}
    table = atlas.table(record.id)
    names = table.columns.get("name")
    if names is None:
        return {}
    return {key: str(name) for key, name in zip(table.keys, names, strict=True) if name}
