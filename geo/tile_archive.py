"""A PMTiles archive written again: too heavy zooms left out, what it holds said in it."""

import mmap
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pmtiles.tile import Entry, deserialize_directory, deserialize_header, tileid_to_zxy
from pmtiles.writer import finalize_header

_HEADER_BYTES = 127


@dataclass(frozen=True, slots=True)
class Finished:
    """What was written.

    Parameters
    ----------
    heaviest
        Bytes of the heaviest tile of each zoom kept, compressed.
    left_out
        Zooms left out because they or a higher one had a tile heavier than allowed.
    """

    heaviest: Mapping[int, int]
    left_out: tuple[int, ...]


def finish_archive(
    source: Path, target: Path, metadata: Mapping[str, Any], *, most_bytes: int
) -> Finished:
    """Write an archive again without its heavy zooms, and with its own description.

    A tile heavier than ``most_bytes`` takes its zoom and all lower ones out, except the highest
    zoom: a layer is shown later rather than in part.

    Parameters
    ----------
    source, target
        The archive, and where to write.
    metadata
        What the archive says of itself; which zooms there are is put into its layers.
    most_bytes
        Largest tile, compressed.
    """
    header, entries, content = _opened(source)
    top = max(_zoom(entry) for entry in entries)
    heavy = [_zoom(entry) for entry in entries if entry.length > most_bytes]
    least = max((zoom for zoom in heavy if zoom < top), default=-1) + 1
    left_out = {_zoom(entry) for entry in entries if _zoom(entry) < least}
    heaviest: dict[int, int] = {}
    moved: dict[int, int] = {}  # where a tile was, where it is; equal tiles stand once
    kept, pieces, size = [], [], 0
    for entry in entries:
        zoom = _zoom(entry)
        if zoom < least:
            continue
        heaviest[zoom] = max(heaviest.get(zoom, 0), entry.length)
        if entry.offset not in moved:
            moved[entry.offset] = size
            pieces.append((header["tile_data_offset"] + entry.offset, entry.length))
            size += entry.length
        kept.append(Entry(entry.tile_id, moved[entry.offset], entry.length, entry.run_length))
    zooms = {"minzoom": min(heaviest), "maxzoom": top}
    said = dict(metadata) | {
        "vector_layers": [layer | zooms for layer in metadata["vector_layers"]]
    }
    addressed = sum(entry.run_length for entry in kept)
    head = finalize_header(
        header | {"center_zoom": min(heaviest)}, addressed, kept, len(pieces), said,
        clustered=True, tile_data_length=size,
    )  # fmt: skip
    with target.open("wb") as stream:
        stream.writelines(head)
        stream.writelines(content[start : start + length] for start, length in pieces)
    return Finished(heaviest=heaviest, left_out=tuple(sorted(left_out)))


def archive_metadata(path: Path) -> dict[str, Any]:
    """Return what an archive says of itself."""
    header, _, content = _opened(path)
    start = header["metadata_offset"]
    packed = content[start : start + header["metadata_length"]]
    found: dict[str, Any] = orjson.loads(zlib.decompress(packed, zlib.MAX_WBITS | 16))
    return found


def _opened(path: Path) -> tuple[dict[str, Any], list[Entry], mmap.mmap]:
    with path.open("rb") as stream:
        content = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    header = deserialize_header(content[:_HEADER_BYTES])
    root = header["root_offset"], header["root_length"]
    return header, list(_entries(content, header, *root)), content


def _entries(
    content: mmap.mmap, header: Mapping[str, Any], offset: int, length: int
) -> Iterator[Entry]:
    for entry in deserialize_directory(content[offset : offset + length]):
        if entry.run_length:
            yield entry
        else:
            start = header["leaf_directory_offset"] + entry.offset
            yield from _entries(content, header, start, entry.length)


def _zoom(entry: Entry) -> int:
    zoom: int = tileid_to_zxy(entry.tile_id)[0]
    return zoom
