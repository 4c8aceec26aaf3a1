"""Tiles of one layer: a PMTiles archive, memory-mapped, with its directories kept once read."""

import mmap
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from pmtiles.tile import (
    Compression,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    zxy_to_tileid,
)

from data.errors import ArtifactError, Where
from data.texts import Text
from geo.remote import Blocks

_HEADER_BYTES = 127
_MAX_DEPTH = 4
_PLACES_KEPT = 1 << 13  # of tiles found, so that a second look costs nothing


class AbsentError(Exception):
    """Bytes of an archive that lie in a store of objects and were not asked for before.

    Parameters
    ----------
    blocks
        What brings them.
    start, stop
        Where they are in the archive.
    """

    def __init__(self, blocks: Blocks, start: int, stop: int) -> None:
        super().__init__(start, stop)
        self._asked = blocks, start, stop

    def bring(self) -> None:
        """Bring them, which may take a while; raises what :meth:`Blocks.bring` does."""
        blocks, start, stop = self._asked
        blocks.bring(start, stop)


class TileArchive:
    """A PMTiles archive of gzip-compressed vector tiles.

    Parameters
    ----------
    path
        The file.
    blocks
        What fills it, where it is hollow; then looking for a tile may raise ``AbsentError``.

    Raises
    ------
    ArtifactError
        If the file is missing, not such an archive, or shorter than its header says.
    """

    def __init__(self, path: Path, blocks: Blocks | None = None) -> None:
        self.path = path
        self.blocks = blocks
        if blocks is not None:
            blocks.bring(0, min(_HEADER_BYTES, path.stat().st_size))
        try:
            with path.open("rb") as stream:
                self._bytes = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
            self._header = deserialize_header(self._bytes[:_HEADER_BYTES])
            self._view = memoryview(self._bytes)
        except (
            OSError, ValueError, IndexError, struct.error, MagicNumberNotFound,
            SpecVersionUnsupported,
        ) as error:  # fmt: skip
            raise self._damaged() from error
        header = self._header
        if (
            header["tile_type"] != TileType.MVT
            or header["tile_compression"] != Compression.GZIP
            or header["tile_data_offset"] + header["tile_data_length"] > len(self._bytes)
        ):
            raise self._damaged()
        self._places: dict[tuple[int, int, int], tuple[int, int]] = {}
        self._directories: dict[int, np.ndarray[Any, Any]] = {}
        root = header["root_offset"], header["root_length"]
        if blocks is not None:
            blocks.bring(root[0], root[0] + root[1])
        self._directory(*root)

    def tile(self, z: int, x: int, y: int) -> memoryview | None:
        """Return a tile as stored (gzip), not copied, or None where the layer has nothing."""
        place = self._places.get((z, x, y))
        if place is None:
            place = self._find(z, x, y)
            if len(self._places) >= _PLACES_KEPT:
                self._places.clear()
            self._places[z, x, y] = place
        if not place[1]:
            return None
        self._demand(*place)
        return self._view[place[0] : place[1]]

    def _find(self, z: int, x: int, y: int) -> tuple[int, int]:
        header = self._header
        tile_id = zxy_to_tileid(z, x, y)
        offset, length = header["root_offset"], header["root_length"]
        for _ in range(_MAX_DEPTH):
            entries = self._directory(offset, length)
            at = int(np.searchsorted(entries[0], tile_id, side="right")) - 1
            if at < 0:
                return 0, 0
            first, run, start, size = entries[:, at].tolist()
            if run and tile_id - first >= run:
                return 0, 0
            if run:
                start += header["tile_data_offset"]
                return start, start + size
            offset, length = header["leaf_directory_offset"] + start, size
        raise self._damaged()

    def _demand(self, start: int, stop: int) -> None:
        if self.blocks is not None and self.blocks.lacks(start, stop):
            raise AbsentError(self.blocks, start, stop)

    def _directory(self, offset: int, length: int) -> np.ndarray[Any, Any]:
        """Return first tile, run, start and size of each entry: a fifth of what objects take."""
        found = self._directories.get(offset)
        if found is None:
            self._demand(offset, offset + length)
            try:
                entries = deserialize_directory(self._bytes[offset : offset + length])
            except (OSError, EOFError, IndexError, zlib.error) as error:
                raise self._damaged() from error
            told = [(of.tile_id, of.run_length, of.offset, of.length) for of in entries]
            found = np.array(told, dtype="int64").reshape(-1, 4).T.copy()
            self._directories[offset] = found
        return found

    def _damaged(self) -> ArtifactError:
        return ArtifactError(
            Text(
                "El archivo de teselas está dañado o no es PMTiles de vectores",
                "The tile archive is damaged or is not PMTiles of vector tiles",
            ),
            where=Where(file=self.path),
            remedy=Text("Vuelva a construir el atlas", "Build the atlas again"),
        )
