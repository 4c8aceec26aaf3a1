"""A typed, read-only view of the atlas in service, which follows ``CURRENT`` without a restart."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from api.archive import TileArchive
from api.features import LayerTable
from api.kept import Kept
from data.errors import ArtifactError, CareError, NotComputedError, UnknownPlaceError, Where
from data.texts import Text
from geo.artifacts import LayerRecord, Manifest, current_version, read_manifest
from geo.figures import starting_with
from geo.remote import blocks_of, verify_mirror

_log = logging.getLogger(__name__)

Made = TypeVar("Made")
# Of all tables together: what is decoded of them, and features kept as they are sent.
_DECODED_BYTES, _READY_BYTES = 48 << 20, 24 << 20
_ANSWER_BYTES = 16 << 20


class AtlasVersion:
    """One immutable version of an atlas; tables are read when first asked for.

    Raises
    ------
    ArtifactError
        If the manifest is not sound, or a file is missing or of another size.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self.manifest: Manifest = read_manifest(folder)
        for record in self.manifest.files():
            path = folder / record.path
            if not path.is_file() or path.stat().st_size != record.bytes:
                raise ArtifactError(
                    Text(
                        "Un archivo del atlas falta o está incompleto",
                        "An atlas file is missing or incomplete",
                    ),
                    where=Where(file=path),
                    remedy=Text("Vuelva a construir el atlas", "Build the atlas again"),
                )
        self._archives = {
            layer.id: TileArchive(
                folder / layer.tiles.file.path, blocks_of(folder, layer.tiles.file)
            )
            for layer in self.manifest.layers
            if layer.tiles is not None
        }
        self._tables: dict[str, LayerTable] = {}
        self._kept, self._ready = Kept(_DECODED_BYTES), Kept(_READY_BYTES)
        self._reading = threading.Lock()
        # Answers as sent, by their ETag, which says all they depend on.
        self.answers = Kept(_ANSWER_BYTES)
        self._made: dict[str, Any] = {}
        self._making = threading.RLock()

    @cached_property
    def levels(self) -> dict[str, LayerRecord]:
        """Layers of places by the name of their level."""
        return {layer.level: layer for layer in self.manifest.layers if layer.level is not None}

    def layer(self, layer_id: str) -> LayerRecord:
        """Return a layer's record; raises ``NotComputedError`` naming those that exist."""
        record = self.manifest.layer(layer_id)
        if record is None:
            raise _no_layer(layer_id, (layer.id for layer in self.manifest.layers))
        return record

    def level(self, level: str) -> LayerRecord:
        """Return the layer of a level; raises ``NotComputedError`` naming those that exist."""
        record = self.levels.get(level)
        if record is None:
            raise _no_layer(level, self.levels)
        return record

    def archive(self, layer_id: str) -> TileArchive:
        """Return a layer's tiles; raises ``NotComputedError`` naming those that exist."""
        archive = self._archives.get(layer_id)
        if archive is None:
            raise _no_layer(layer_id, self._archives)
        return archive

    def table(self, layer_id: str) -> LayerTable:
        """Return a layer's table, read once."""
        table = self._tables.get(layer_id)
        if table is None:
            record = self.layer(layer_id)
            with self._reading:
                table = self._tables.get(layer_id)
                if table is None:
                    table = LayerTable(
                        self.folder / record.table.path, record, self._kept, self._ready
                    )
                    self._tables[layer_id] = table
        return table

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """Return what ``make`` returns, made when first asked for and never twice."""
        if name not in self._made:
            with self._making:
                if name not in self._made:
                    self._made[name] = make()
        made: Made = self._made[name]
        return made

    def row(self, layer_id: str, key: str) -> tuple[LayerTable, int]:
        """Return a layer's table and the row of a key.

        Raises
        ------
        UnknownPlaceError
            If the layer has no such key; the remedy names the nearest ones in key order.
        """
        table = self.table(layer_id)
        row = table.row(key)
        if row is None:
            near = starting_with(table, key[: len(key) - 3])[:3]
            examples = ", ".join([table.keys[at] for at in near] or table.keys[:3])
            raise UnknownPlaceError(
                Text(
                    f"«{key[:40]}» no está en la capa {layer_id}",
                    f"“{key[:40]}” is not in layer {layer_id}",
                ),
                remedy=Text(f"Están, por ejemplo: {examples}", f"There are, say: {examples}"),
            )
        return table, row


class AtlasStore:
    """The atlas version in service.

    At most every ``refresh_s`` seconds a request looks at the one-line file ``CURRENT``. When it
    names another version, that one is checked whole, hashes included, beside the requests, and
    then taken up; a damaged one is refused and the old one goes on serving.

    Parameters
    ----------
    atlas
        Folder of the atlas.
    refresh_s
        Least seconds between two looks.
    """

    def __init__(self, atlas: Path, *, refresh_s: float) -> None:
        self._atlas = atlas
        self._refresh_s = refresh_s
        self._current = AtlasVersion(current_version(atlas))
        self._refused: str | None = None
        self._looked = time.monotonic()
        self._taking_up = threading.Lock()

    def current(self) -> AtlasVersion:
        """Return the version in service."""
        now = time.monotonic()
        if now - self._looked >= self._refresh_s:
            self._looked = now
            self._look()
        return self._current

    def _look(self) -> None:
        try:
            named = (self._atlas / "CURRENT").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            named = ""
        if named in (self._current.name, self._refused):
            return
        if self._taking_up.acquire(blocking=False):
            threading.Thread(target=self._take_up, args=(named,), daemon=True).start()

    def _take_up(self, named: str) -> None:
        try:
            folder = current_version(self._atlas)
            verify_mirror(folder)
            self._current = AtlasVersion(folder)
            self._refused = None
            _log.info("atlas version %s is in service", folder.name)
        except (CareError, OSError) as error:
            self._refused = named
            _log.error("%s refused, %s goes on serving: %s", named, self._current.name, error)
        finally:
            self._taking_up.release()


def _no_layer(asked: str, existing: Iterable[str]) -> NotComputedError:
    names = ", ".join(existing)
    return NotComputedError(
        Text(f"El atlas no tiene «{asked[:40]}»", f"The atlas has no “{asked[:40]}”"),
        remedy=Text(f"Tiene: {names}", f"It has: {names}"),
    )
