"""Places by their name: what an atlas names, folded, and looked through whole."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
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
# Levels whose places a person may know by name or by number, in the order they are offered.
_LEVELS = ("entidad", "municipio", "localidad", "ageb")
_MUNICIPALITY = 5  # characters of its code


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


def fold(text: str) -> str:
    """Return a text as it is compared: upper case, no accents, Ñ as N, single-spaced."""
    return normalise_name(text).replace("Ñ", "N")


class Gazetteer:
    """Every named place of an atlas and the streets, ready to be looked through.

    Names are kept as one text with a line each, so that a search is one pass of the regular
    expression engine and takes a time that grows with the atlas alone.
    """

    def __init__(self, atlas: AtlasVersion) -> None:
        self._municipality = _municipalities(atlas)
        self._named = [*self._places(atlas), *self._streets(atlas)]
        self._folded = [self._line(named) for named in self._named]
        self._text = "\n".join(self._folded)
        lengths = np.array([len(line) + 1 for line in self._folded], dtype="int64")
        self._starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if len(lengths) else lengths

    def find(self, text: str, limit: int) -> list[Named]:
        """Return the places in whose name every word begins a word, the best first.

        Whole names come before beginnings of names, large places before small ones and long
        streets before short ones, then short names before long ones.

        Parameters
        ----------
        text
            What a person typed; only its first six words count.
        limit
            How many to return at most.
        """
        wanted = fold(text)
        words = wanted.split()[:_MOST_WORDS]
        if not words or not self._folded:
            return []
        ahead = "".join(rf"(?=.*\b{re.escape(word)})" for word in words)
        pattern = re.compile(rf"^{ahead}", re.MULTILINE)
        rows = []
        for match in pattern.finditer(self._text):
            rows.append(int(np.searchsorted(self._starts, match.start())))
            if len(rows) == _MOST_MATCHES:
                break
        rows.sort(key=lambda row: self._rank(row, wanted))
        return [self._named[row] for row in rows[:limit]]

    def _rank(self, row: int, wanted: str) -> tuple[bool, bool, int, float, int, str]:
        named, line = self._named[row], fold(self._named[row].name)
        street = named.kind not in _LEVELS
        size = len(_LEVELS) if street else _LEVELS.index(named.kind)
        west, south, east, north = named.box
        length = max(east - west, north - south) if street else 0.0
        begins = line.startswith(wanted) or street  # streets begin with their kind: calle, privada
        return line != wanted, not begins, size, -length, len(line), named.key or line

    @staticmethod
    def _line(named: Named) -> str:
        # The municipality may be said too: “Hidalgo, Mérida”.
        parts = [named.name, named.within or "", named.key or ""]
        if named.kind == "ageb":
            parts.insert(0, "AGEB")
        return fold(" ".join(parts))

    def _places(self, atlas: AtlasVersion) -> Iterator[Named]:
        for level in _LEVELS:
            record = atlas.levels.get(level)
            if record is None:
                continue
            table = atlas.table(record.id)
            names = table.columns.get("name")
            boxes = table.extents().tolist()
            for row, (key, edges) in enumerate(zip(table.keys, boxes, strict=True)):
                name = names[row] if names is not None else None
                if math.isnan(edges[0]) or (name is None and level != "ageb"):
                    continue
                within = (
                    self._municipality.get(key[:_MUNICIPALITY])
                    if level not in _LEVELS[:2]
                    else None
                )
                yield Named(level, record.id, key, str(name or key[-4:]), within, _box(edges))

    def _streets(self, atlas: AtlasVersion) -> Iterator[Named]:
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
            west, south, east, north = (round(edge, 6) for edge in box)
            yield Named(
                "calle", record.id, None, spelled[cell[0]], within, (west, south, east, north)
            )

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
