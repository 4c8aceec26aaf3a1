"""What an atlas is: its manifest, its files, its versions, and how one is put into service.

An atlas folder holds immutable versions and a pointer. A version is written beside the others under
a temporary name, renamed when it is whole, and put in service by replacing the one-line file
``CURRENT``; both steps are single renames, so a crash at any moment leaves the old version serving.
The version's name is a hash of its content: equal inputs give the same version.
"""

import hashlib
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import filelock
import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from data.errors import ArtifactError, BusyError, StorageError, Where
from data.texts import Text

_VERSION_LENGTH = 16
_CHUNK_BYTES = 1 << 20


def _inside(path: str) -> str:
    parts = Path(path).parts
    if not parts or Path(path).is_absolute() or ".." in parts:
        message = f"{path!r} leaves the atlas"
        raise ValueError(message)
    return path


RelativePath = Annotated[str, AfterValidator(_inside)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(_Record):
    """A text in both languages, as stored."""

    es: str
    en: str

    @classmethod
    def of(cls, text: Text) -> "Label":
        """Return the stored form of a text."""
        return cls(es=text.es, en=text.en)

    @property
    def text(self) -> Text:
        """The text as the rest of the code uses it."""
        return Text(self.es, self.en)


class FileRecord(_Record):
    """One file of the atlas, or one input file (then ``path`` is only its name)."""

    path: RelativePath
    bytes: int
    sha256: str


class SourceRecord(_Record):
    """One source the atlas was made from, with what was left out of it and why."""

    role: str
    title: Label
    edition: str
    publisher: str
    licence: str
    url: str | None = None
    files: tuple[FileRecord, ...]
    rows: int
    dropped: dict[str, dict[str, Any]]
    notes: tuple[Label, ...] = ()


class Statistics(_Record):
    """Distribution of one numeric column over a layer.

    ``breaks`` are the inner limits of the classes a map uses: a value belongs to the first class
    whose limit is greater than it. ``class_counts`` has one more entry than ``breaks``.
    """

    count: int
    unknown: int
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    breaks: tuple[float, ...] = ()
    class_counts: tuple[int, ...] = ()


class ColumnRecord(_Record):
    """One published column: what it says, in what unit, from what sources, under what licence."""

    name: str
    dtype: str
    unit: str
    title: Label
    description: Label
    kind: Literal["identifier", "text", "count", "time", "rate", "share", "index", "state", "flag"]
    sources: tuple[str, ...]
    licence: str
    method: str | None = None
    service: str | None = None
    group: str | None = None
    profile: str | None = None
    higher_is: Literal["better", "worse", "neutral"] = "neutral"
    mapped: bool = False
    values: tuple[str, ...] = ()
    statistics: Statistics | None = None
    value_counts: dict[str, int] | None = None


class TilesRecord(_Record):
    """A vector tile archive of one layer.

    ``features_by_zoom`` says how many of the layer's ``features`` each zoom holds: those too small
    to be seen are left out of low zooms, never out of the highest. ``heaviest_bytes_by_zoom`` is
    the size of each zoom's largest tile, compressed; ``zooms_left_out`` were planned and left out
    whole because theirs was too large. Numbers are exact in the highest zoom and short below it
    (see :func:`geo.tile_values.for_legend`).
    """

    file: FileRecord
    layer: str
    min_zoom: int
    max_zoom: int
    bounds: tuple[float, float, float, float]
    attributes: tuple[str, ...]
    features: int
    features_by_zoom: dict[str, int]
    heaviest_bytes_by_zoom: dict[str, int] = {}
    zooms_left_out: tuple[int, ...] = ()


class LayerRecord(_Record):
    """One layer: its table, its columns and, where it has geometry, its tiles."""

    id: str
    level: str | None
    title: Label
    key: str
    rows: int
    table: FileRecord
    tiles: TilesRecord | None
    columns: tuple[ColumnRecord, ...]


class AssetRecord(_Record):
    """A further file of the version: a grid, a table that is no map layer, a picture.

    ``columns`` describes those of a table; ``properties`` holds what a reader of another kind of
    file needs (unit, group, year, range of values), under names its step documents.
    """

    id: str
    kind: Literal["table", "raster", "index", "picture"]
    title: Label
    description: Label
    file: FileRecord
    rows: int | None = None
    columns: tuple[ColumnRecord, ...] = ()
    sources: tuple[str, ...] = ()
    licence: str = ""
    method: str | None = None
    properties: dict[str, Any] = {}


class PlaceRecord(_Record):
    """A place the atlas was built for."""

    code: str
    name: str


class NotComputed(_Record):
    """Something this atlas does not hold, with the reason."""

    what: str
    reason: Label


class CheckRecord(_Record):
    """A check made during the build, with its outcome in words a reader can verify."""

    id: str
    passed: bool
    detail: Label


class NetworkRecord(_Record):
    """The walking network and what was measured of it."""

    files: tuple[FileRecord, ...]
    statistics: dict[str, float]


class Manifest(_Record):
    """Everything one needs to know of an atlas version without opening its tables.

    ``bounds`` holds everything drawn; ``focus`` is where nearly all the people live, and where a
    map opens: a municipality is often much wider than its city.
    """

    format: Literal["mapa-cuidados-atlas"] = "mapa-cuidados-atlas"
    format_version: Literal[1] = 1
    title: Label
    places: tuple[PlaceRecord, ...]
    bounds: tuple[float, float, float, float]
    focus: tuple[float, float, float, float] | None = None
    code_version: str
    sources: tuple[SourceRecord, ...]
    method: dict[str, Any]
    layers: tuple[LayerRecord, ...]
    network: NetworkRecord | None
    assets: tuple[AssetRecord, ...] = ()
    not_computed: tuple[NotComputed, ...]
    notes: tuple[Label, ...]
    checks: tuple[CheckRecord, ...]

    @property
    def version(self) -> str:
        """Name of the version: the start of the SHA-256 of the manifest, hashes included."""
        return hashlib.sha256(self.to_bytes()).hexdigest()[:_VERSION_LENGTH]

    def to_bytes(self) -> bytes:
        """Return the manifest as canonical JSON (sorted keys, UTF-8, one trailing newline)."""
        options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        return orjson.dumps(self.model_dump(mode="json"), option=options)

    def layer(self, layer_id: str) -> LayerRecord | None:
        """Return a layer by its id, or None."""
        return next((layer for layer in self.layers if layer.id == layer_id), None)

    def asset(self, asset_id: str) -> AssetRecord | None:
        """Return an asset by its id, or None."""
        return next((asset for asset in self.assets if asset.id == asset_id), None)

    def files(self) -> Iterator[FileRecord]:
        """Yield every file of the version."""
        return files_of(self.layers, self.network, self.assets)


def files_of(
    layers: Iterable[LayerRecord], network: NetworkRecord | None, assets: Iterable[AssetRecord]
) -> Iterator[FileRecord]:
    """Yield every file that layers, a network and assets consist of."""
    for layer in layers:
        yield layer.table
        if layer.tiles is not None:
            yield layer.tiles.file
    if network is not None:
        yield from network.files
    for asset in assets:
        yield asset.file


def record_file(path: Path, *, root: Path | None = None) -> FileRecord:
    """Return name, size and SHA-256 of a file; the name is relative to ``root`` where given."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    name = path.name if root is None else path.relative_to(root).as_posix()
    return FileRecord(path=name, bytes=size, sha256=digest.hexdigest())


def _damaged(problem: Text, file: Path) -> ArtifactError:
    return ArtifactError(
        problem,
        where=Where(file=file),
        remedy=Text("Vuelva a construir el atlas", "Build the atlas again"),
    )


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a version.

    Raises
    ------
    ArtifactError
        If it is missing, not a manifest, of another format version, or if its content does not
        hash to the folder's name.
    """
    path = folder / "manifest.json"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _damaged(
            Text("El atlas no tiene manifiesto", "The atlas has no manifest"), path
        ) from error
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        raise _damaged(
            Text(
                "El manifiesto no es de un atlas de esta versión del programa",
                "The manifest is not that of an atlas of this program version",
            ),
            path,
        ) from error
    if manifest.version != folder.name:
        raise _damaged(
            Text("El manifiesto no corresponde a su versión", "The manifest is not of its version"),
            path,
        )
    return manifest


def verify(folder: Path, *, spared: Collection[str] = ()) -> Manifest:
    """Return the manifest of a version after checking that every file is there and unchanged.

    Parameters
    ----------
    folder
        Folder of the version.
    spared
        Paths within it of files whose content is not looked at.

    Raises
    ------
    ArtifactError
        At the first file that is missing or whose SHA-256 differs.
    """
    manifest = read_manifest(folder)
    for record in manifest.files():
        path = folder / record.path
        if record.path in spared:
            continue
        if not path.is_file() or record_file(path, root=folder) != record:
            raise _damaged(
                Text(
                    "Un archivo del atlas falta o está dañado",
                    "An atlas file is missing or damaged",
                ),
                path,
            )
    return manifest


def current_version(atlas: Path) -> Path:
    """Return the folder of the version in service.

    Raises
    ------
    ArtifactError
        If no version is in service.
    """
    pointer = atlas / "CURRENT"
    try:
        name = pointer.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ArtifactError(
            Text("No hay un atlas en servicio", "There is no atlas in service"),
            where=Where(file=atlas),
            remedy=Text(
                "Constrúyalo con «cuidados demo» o «cuidados build»",
                "Make one with “cuidados demo” or “cuidados build”",
            ),
        ) from error
    if len(name) != _VERSION_LENGTH or not name.isalnum() or not (atlas / name).is_dir():
        raise _damaged(Text("CURRENT no nombra una versión", "CURRENT names no version"), pointer)
    return atlas / name


@contextmanager
def exclusive(atlas: Path) -> Iterator[None]:
    """Hold the atlas for one build; a second one is refused, not queued.

    Raises
    ------
    BusyError
        If another process is building into the same atlas.
    StorageError
        If the folder cannot be made or written.
    """
    try:
        atlas.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(atlas / ".lock", timeout=0)
        lock.acquire()
    except filelock.Timeout as error:
        raise BusyError(
            Text("Otra construcción está usando este atlas", "Another build is using this atlas"),
            where=Where(file=atlas),
            remedy=Text(
                "Espere a que termine o use otra carpeta con --atlas",
                "Wait until it ends or give another folder with --atlas",
            ),
        ) from error
    except OSError as error:
        raise storage_error(error, atlas) from error
    try:
        yield
    finally:
        lock.release()


def storage_error(error: OSError, path: Path) -> StorageError:
    """Return the user's form of a failed write or read (disk full, no permission)."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    return StorageError(
        Text(f"No se pudo escribir o leer ({reason})", f"Could not write or read ({reason})"),
        where=Where(file=error.filename or path),
        remedy=Text(
            "Revise espacio y permisos; el atlas en servicio no cambió",
            "Check space and permissions; the atlas in service did not change",
        ),
    )


@contextmanager
def staging(atlas: Path) -> Iterator[Path]:
    """Yield an empty folder to write a version into; it is removed unless it was put in service.

    Call within :func:`exclusive`: leftovers of builds that were killed are removed first.
    """
    folder = atlas / ".staging"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_in_service(atlas: Path, staged: Path, manifest: Manifest) -> Path:
    """Give a staged version its name and point ``CURRENT`` to it.

    Parameters
    ----------
    atlas
        Folder of the atlas.
    staged
        Folder from :func:`staging`, holding every file the manifest names.
    manifest
        Manifest of the version.

    Returns
    -------
    Path
        Folder of the version, which may have existed already if nothing changed.
    """
    (staged / "manifest.json").write_bytes(manifest.to_bytes())
    for path in sorted(staged.rglob("*")):
        _flush(path)
    version = atlas / manifest.version
    if version.exists() and not _intact(version):
        shutil.rmtree(version)
    if not version.exists():
        staged.rename(version)
    pointer = atlas / "CURRENT.new"
    pointer.write_text(f"{manifest.version}\n", encoding="ascii")
    _flush(pointer)
    pointer.replace(atlas / "CURRENT")
    _flush(atlas)
    return version


def _intact(version: Path) -> bool:
    try:
        verify(version)
    except ArtifactError:
        return False
    return True


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
