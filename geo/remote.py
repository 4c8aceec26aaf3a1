"""An atlas in a store of objects: put there, mirrored from there, its tiles read by ranges.

A mirror is an atlas folder like any other, but for two things: its files are links to a store by
content, so a new version costs only what changed; and its tile archives are hollow: as long as the
whole, with only the blocks that were asked for. A hollow version holds ``REMOTE``, the address of
its objects, and beside each archive the hashes of its blocks.
"""

import hashlib
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson

from data.errors import ArtifactError
from data.objects import Objects, damaged
from data.texts import Text
from geo.artifacts import (
    FileRecord,
    Manifest,
    current_version,
    exclusive,
    read_manifest,
    staging,
    verify,
)
from geo.progress import Progress

BLOCK_BYTES = 1 << 16
_HASH_CHARACTERS = 32
_POINTER, _MANIFEST, _REMOTE, _BLOCKS = "CURRENT", "manifest.json", "REMOTE", ".blocks"
_POINTER_BYTES, _TEXT_BYTES = 64, 64 << 20
_LOCKS = 16
_AT_ONCE = 8  # objects copied at the same time
_KEPT = 2  # versions in a mirror: the one in service and the one before


def publish(atlas: Path, objects: Objects, progress: Progress, *, repair: bool = False) -> str:
    """Put the version in service of an atlas into a store, and point to it; return its name.

    The manifest is put after all other files, and the pointer last: who reads the store sees a
    whole version or the one before. What an upload that was stopped left there whole is not put
    again.

    Parameters
    ----------
    atlas
        Folder of the atlas.
    objects
        The store.
    progress
        Is told of each file.
    repair
        Whether to put every file, in place of one that was damaged in the store too.

    Raises
    ------
    ArtifactError
        If the atlas is damaged.
    FetchError
        If the store does not take it.
    """
    version = current_version(atlas)
    manifest = verify(version)
    name = version.name
    if repair or objects.size_of(f"{name}/{_MANIFEST}") is None:
        title = Text("Subiendo el atlas", "Uploading the atlas")
        records = tuple(manifest.files())
        progress.expect(len(records))
        with progress.step("upload", title):
            for record in records:
                if repair or objects.size_of(f"{name}/{record.path}") != record.bytes:
                    objects.write(f"{name}/{record.path}", version / record.path)
                progress.tick(Text(f"{title.es}: {record.path}", f"{title.en}: {record.path}"))
            for archive in archives(manifest):
                blocks = _hash_blocks(version / archive.path)
                objects.write(f"{name}/{archive.path}{_BLOCKS}", blocks)
            objects.write(f"{name}/{_MANIFEST}", version / _MANIFEST)
    objects.write(_POINTER, f"{name}\n".encode())
    return name


def published(objects: Objects) -> str:
    """Return the name of the version a store points to; raises ``ArtifactError`` if it is none."""
    name = objects.read(_POINTER, most_bytes=_POINTER_BYTES).decode("latin-1").strip()
    if not name.isalnum() or not name.isascii():
        raise damaged(f"{objects.address}/{_POINTER}")
    return name


def mirror(objects: Objects, folder: Path) -> str:
    """Bring a folder to the version a store points to; return its name.

    Everything but tiles is copied and checked by hash before the version is put in service there;
    whatever is wrong leaves the folder as it was.

    Raises
    ------
    ArtifactError
        If an object is not the one its hash names.
    BusyError
        If another process is bringing the same folder up to date.
    FetchError
        If an object cannot be had.
    """
    name = published(objects)
    if _serving(folder) == name:
        return name
    with exclusive(folder):
        if not (folder / name / _REMOTE).is_file():
            with staging(folder) as staged:
                made = staged / name
                made.mkdir()
                _fill(objects, name, made, folder / "objects")
                made.rename(folder / name)
        pointer = folder / f"{_POINTER}.new"
        pointer.write_text(f"{name}\n", encoding="ascii")
        pointer.replace(folder / _POINTER)
        _forget(folder, name)
    return name


def _serving(folder: Path) -> str | None:
    try:
        return current_version(folder).name
    except ArtifactError:
        return None


def _fill(objects: Objects, name: str, made: Path, kept: Path) -> None:
    content = objects.read(f"{name}/{_MANIFEST}", most_bytes=_TEXT_BYTES)
    (made / _MANIFEST).write_bytes(content)
    manifest = read_manifest(made)
    hollow = {record.path for record in archives(manifest)}
    kept.mkdir(exist_ok=True)
    whole = {}  # by content: equal files are copied once
    for record in manifest.files():
        target = made / record.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if record.path in hollow:
            blocks = objects.read(f"{name}/{record.path}{_BLOCKS}", most_bytes=_TEXT_BYTES)
            target.with_name(target.name + _BLOCKS).write_bytes(blocks)
            with target.open("wb") as stream:
                stream.truncate(record.bytes)
        else:
            whole[record.sha256] = record
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda record: _copy(objects, name, record, kept), whole.values()))
    for record in manifest.files():
        if record.path not in hollow:
            (made / record.path).hardlink_to(kept / record.sha256)
    (made / _REMOTE).write_text(f"{objects.address}/{name}\n", encoding="utf-8")


def _copy(objects: Objects, name: str, record: FileRecord, kept: Path) -> None:
    held = kept / record.sha256
    if not held.is_file() or held.stat().st_size != record.bytes:
        objects.copy(f"{name}/{record.path}", held, size=record.bytes, sha256=record.sha256)


def _forget(folder: Path, name: str) -> None:
    """Remove versions but the newest ones, and what only they held."""
    versions = sorted(
        (path.parent for path in folder.glob(f"*/{_REMOTE}")),
        key=lambda path: (path.name == name, path.stat().st_mtime),
    )
    for old in versions[:-_KEPT]:
        shutil.rmtree(old)
    for held in (folder / "objects").iterdir():
        if held.stat().st_nlink == 1:
            held.unlink()


def archives(manifest: Manifest) -> tuple[FileRecord, ...]:
    """Return the tile archives of a version."""
    return tuple(layer.tiles.file for layer in manifest.layers if layer.tiles is not None)


def verify_mirror(folder: Path) -> Manifest:
    """Return the manifest of a version after checking its files; of hollow archives, the length.

    Raises
    ------
    ArtifactError
        At the first file that is missing or is not the one meant.
    """
    if not (folder / _REMOTE).is_file():
        return verify(folder)
    manifest = read_manifest(folder)
    hollow = archives(manifest)
    for record in hollow:
        path = folder / record.path
        if not path.is_file() or path.stat().st_size != record.bytes:
            raise damaged(path)
    return verify(folder, spared=frozenset(record.path for record in hollow))


def blocks_of(folder: Path, archive: FileRecord) -> "Blocks | None":
    """Return what fills a hollow archive of a version, or None where archives are whole.

    Raises
    ------
    ArtifactError
        If the list of its blocks is damaged.
    """
    try:
        address = (folder / _REMOTE).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    listed = folder / f"{archive.path}{_BLOCKS}"
    try:
        said = orjson.loads(listed.read_bytes())
        size, hashes = int(said["block_bytes"]), [str(text) for text in said["sha256"]]
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise damaged(listed) from error
    if size < 1 or len(hashes) != -(-archive.bytes // size):
        raise damaged(listed)
    objects = Objects(address)
    return Blocks(
        folder / archive.path, size, hashes,
        lambda start, length: objects.read_part(archive.path, start, length),
    )  # fmt: skip


def _hash_blocks(path: Path) -> bytes:
    with path.open("rb") as stream:
        hashes = [_hash(block) for block in iter(lambda: stream.read(BLOCK_BYTES), b"")]
    return orjson.dumps({"block_bytes": BLOCK_BYTES, "sha256": hashes})


def _hash(block: bytes) -> str:
    return hashlib.sha256(block).hexdigest()[:_HASH_CHARACTERS]


class Blocks:
    """What fills a hollow archive, block by block, each checked before it counts as there.

    Parameters
    ----------
    path
        The archive.
    size
        Bytes of a block.
    hashes
        Start of the SHA-256 of each block.
    read
        What gives bytes of the whole archive, from a start and of a length.
    """

    def __init__(
        self, path: Path, size: int, hashes: list[str], read: Callable[[int, int], bytes]
    ) -> None:
        self._path = path
        self._size = size
        self._hashes = hashes
        self._read = read
        self._bytes = path.stat().st_size
        self._there = bytearray(len(hashes))
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def lacks(self, start: int, stop: int) -> bool:
        """Return whether bytes from ``start`` to ``stop`` are not all there yet."""
        first, last = self._span(start, stop)
        return not all(self._there[first:last])

    def bring(self, start: int, stop: int) -> None:
        """Make bytes from ``start`` to ``stop`` be there.

        Raises
        ------
        ArtifactError
            If a block is not the one published, or ``start`` to ``stop`` is outside the archive.
        FetchError
            If the store does not give it.
        """
        if not 0 <= start <= stop <= self._bytes:
            raise damaged(self._path)
        at, last = self._span(start, stop)
        while at < last:
            if self._there[at]:
                at += 1
                continue
            run = at + 1
            while run < last and not self._there[run]:
                run += 1
            with self._locks[at % _LOCKS]:
                self._bring_run(at, run)
            at = run

    def _span(self, start: int, stop: int) -> tuple[int, int]:
        return start // self._size, -(-stop // self._size)

    def _bring_run(self, first: int, last: int) -> None:
        with self._path.open("r+b") as file:
            # Another process, or this one before it was started anew, may have brought them.
            if self._check(self._held(file.fileno(), first, last), first):
                return
            start = first * self._size
            content = self._read(start, min(last * self._size, self._bytes) - start)
            # First the bytes, then the word that they are there.
            if [_hash(block) for block in self._cut(content)] != self._hashes[first:last]:
                raise damaged(self._path)
            os.pwrite(file.fileno(), content, start)
            self._check(content, first)

    def _held(self, file: int, first: int, last: int) -> bytes:
        return os.pread(file, (last - first) * self._size, first * self._size)

    def _cut(self, content: bytes) -> list[bytes]:
        return [content[at : at + self._size] for at in range(0, len(content), self._size)]

    def _check(self, content: bytes, first: int) -> bool:
        """Mark which blocks are as they should be, and return whether all are."""
        blocks = self._cut(content)
        sound = [_hash(block) == self._hashes[first + at] for at, block in enumerate(blocks)]
        for at, is_sound in enumerate(sound):
            if is_sound:
                self._there[first + at] = 1
        return all(sound) and bool(sound)
