"""Finished pieces of a build, each in a folder named by a hash of all it depends on."""

import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import orjson

from geo.artifacts import record_file

_NAME_LENGTH = 24
_RECORD = "piece.json"
# Rooms whose code decides what a piece holds.
_ROOMS = ("data", "geo")


def piece_name(kind: str, *facts: Any) -> str:
    """Return the name of a piece: its kind, and a hash of the facts it follows from.

    Parameters
    ----------
    kind
        What it is; pieces of a kind are made by one function.
    facts
        Everything else its content depends on, as JSON can hold it. The code is added.
    """
    content = orjson.dumps([kind, code_hash(), *facts], option=orjson.OPT_SORT_KEYS)
    return f"{kind}-{hashlib.sha256(content).hexdigest()[:_NAME_LENGTH]}"


@cache
def code_hash() -> str:
    """Return a hash of the program: its version and every file that computes."""
    digest = hashlib.sha256(installed_version("mapa-cuidados").encode())
    root = Path(__file__).parents[2]
    for room in _ROOMS:
        for path in sorted((root / room).rglob("*")):
            if path.suffix in (".py", ".csv", ".toml"):
                digest.update(path.relative_to(root).as_posix().encode() + b"\0")
                digest.update(path.read_bytes())
    return digest.hexdigest()


def finished(folder: Path) -> dict[str, Any] | None:
    """Return what a finished piece says of itself, or None where it is not finished or damaged."""
    account = _account(folder)
    return None if account is None else account["said"]


def sound(folder: Path) -> bool:
    """Say whether a piece is finished and all its files are still what was written, by hash."""
    account = _account(folder)
    try:
        return account is not None and all(
            record_file(folder / name).sha256 == sha256 for name, sha256 in account["files"].items()
        )
    except OSError:
        return False


def _account(folder: Path) -> dict[str, Any] | None:
    try:
        account = orjson.loads((folder / _RECORD).read_bytes())
        return account if account["sha256"] == _hash_of(account["said"], account["files"]) else None
    except (OSError, orjson.JSONDecodeError, LookupError, TypeError):
        return None


def _hash_of(said: dict[str, Any], files: dict[str, str]) -> str:
    content = orjson.dumps([said, files], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()


def make_piece(folder: Path, fill: Callable[[Path], dict[str, Any]]) -> None:
    """Make a piece beside its place and move it there when it is whole.

    Parameters
    ----------
    folder
        Where it belongs. A piece made meanwhile by another worker stays: it is the same.
    fill
        Writes it into the folder it is given, and returns what it says of itself.
    """
    making = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    making.mkdir(parents=True)
    try:
        said = fill(making)
        files = {
            path.relative_to(making).as_posix(): record_file(path).sha256
            for path in sorted(making.rglob("*"))
            if path.is_file()
        }
        account = {"said": said, "files": files, "sha256": _hash_of(said, files)}
        (making / _RECORD).write_bytes(orjson.dumps(account, option=orjson.OPT_SORT_KEYS))
        for file in sorted(making.rglob("*")):
            _flush(file)
        try:
            making.rename(folder)
        except OSError:
            if finished(folder) is None:
                raise
    finally:
        shutil.rmtree(making, ignore_errors=True)


def keep_only(root: Path, names: Iterable[str]) -> None:
    """Remove the pieces that are not among the names, and what killed workers left behind."""
    kept = set(names)
    for path in root.iterdir():
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
