"""Downloads from the publishers: the one module that opens sockets.

A file is written beside its final name and moved there when it is whole, so the cache never holds
half a file. An interrupted download goes on where it stopped if the server still offers the same
file; a server's error page in place of a file is noticed.
"""

import hashlib
import logging
import os
import time
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from tqdm import tqdm

from data.boundaries import read_boundaries
from data.catalog import Source, catalog, file_names
from data.errors import (
    FetchError,
    LimitError,
    MissingInputError,
    ParameterError,
    StorageError,
    Where,
)
from data.tables import GEOGRAPHIC_CRS, METRIC_CRS, Level
from data.texts import Text

MAX_BYTES = 8 << 30
ATTEMPTS = 4
# Streets are asked for this far around a place: a walk of half an hour.
AROUND_M = 2500.0
TIMEOUT_S = (10.0, 60.0)
_BACKOFF_S = 1.0
_CHUNK_BYTES = 1 << 16
_OK, _PARTIAL, _OUT_OF_RANGE, _SERVER_ERROR = 200, 206, 416, 500
_NOT_MODIFIED = 304
_LOG = logging.getLogger("cuidados")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file in the cache.

    Parameters
    ----------
    path
        Where it lies.
    url
        Where it came from.
    bytes, sha256
        Its size and hash.
    downloaded
        Whether this call downloaded it; otherwise it was there.
    """

    path: Path
    url: str
    bytes: int
    sha256: str
    downloaded: bool


def fetch(
    sources: Sequence[str],
    places: Iterable[str],
    *,
    cache: Path,
    refresh: bool = False,
    base_url: str | None = None,
    backoff_s: float = _BACKOFF_S,
) -> list[Fetched]:
    """Download the files of some sources for some places into a cache.

    Parameters
    ----------
    sources
        Source ids of the catalogue; empty takes all that have an address.
    places
        Codes of states or municipalities; files are published by state. None means every state.
    cache
        Folder to store files in, under their publishers' names.
    refresh
        Whether to ask if a newer file exists for those already there.
    base_url
        Scheme and host to use instead of the publisher's, such as that of a mirror.
    backoff_s
        Wait before the second attempt, seconds; it doubles for each further one.

    Returns
    -------
    list of Fetched
        Every file, downloaded now or before.

    Raises
    ------
    ParameterError
        If a source id does not exist or has no address.
    FetchError
        If a file cannot be had after several attempts, or is not what it should be.
    LimitError
        If a file is larger than accepted.
    StorageError
        If it cannot be written.
    """
    states = sorted({place[:2] for place in places}) or sorted(catalog().states)
    wanted = [
        (cache / name, url)
        for source in _chosen(sources)
        for state in states
        for name, url in _addresses(source, state, base_url)
    ]
    fetched = []
    with requests.Session() as session:
        session.headers["User-Agent"] = "mapa-cuidados"
        session.max_redirects = 5
        for path, url in wanted:
            fetched.append(_Download(session, url, path, backoff_s=backoff_s).run(refresh=refresh))
    return fetched


def _chosen(ids: Sequence[str]) -> list[Source]:
    known = {name: source for name, source in catalog().sources.items() if source.url is not None}
    for wanted in ids:
        if wanted not in known:
            listed = ", ".join((*known, "osm_streets"))
            raise ParameterError(
                Text("No existe la fuente, o no tiene dirección de descarga",
                     "There is no such source, or it has no address"),
                where=Where(column="--source", value=wanted),
                remedy=Text(f"Elija entre: {listed}", f"Choose among: {listed}"),
            )  # fmt: skip
    return [source for name, source in known.items() if not ids or name in ids]


def _addresses(source: Source, state: str, base_url: str | None) -> Iterable[tuple[str, str]]:
    name = catalog().states.get(state, "")
    parts = source.split.get(state, (state,))
    for file, part in zip(file_names(source, state), parts, strict=True):
        url = (source.url or "").format(ee=part, name=name)
        if base_url is not None:
            url = base_url.rstrip("/") + urlsplit(url).path
        yield file, url


def _not_stored(path: Path, error: OSError) -> StorageError:
    return StorageError(
        Text("No se pudo guardar la descarga", "The download could not be stored"),
        where=Where(file=path, value=os.strerror(error.errno or 0)),
        remedy=Text("Revise espacio y permisos", "Check space and permissions"),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_facts(path: Path, facts: Mapping[str, object]) -> None:
    """Write what is known of a download beside it."""
    path.with_name(path.name + ".json").write_bytes(orjson.dumps(facts))


def _known_facts(path: Path) -> dict[str, Any]:
    """Return what was written beside a download; nothing where that cannot be read."""
    try:
        facts = orjson.loads(path.with_name(path.name + ".json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return facts if isinstance(facts, dict) else {}


class _Download:
    """One file on its way from a server to the cache."""

    def __init__(
        self, session: requests.Session, url: str, path: Path, *, backoff_s: float
    ) -> None:
        self.session = session
        self.url = url
        self.path = path
        self.part = path.with_name(path.name + ".part")
        self.backoff_s = backoff_s

    def run(self, *, refresh: bool) -> Fetched:
        """Return the file, downloading it if it is not there or may be newer."""
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise self._failed("esquema no admitido", "scheme not accepted")
        known = _known_facts(self.path)
        if self.path.is_file() and known and not refresh:
            return Fetched(self.path, self.url, known["bytes"], known["sha256"], downloaded=False)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return self._attempts(known if self.path.is_file() else {})
        except OSError as error:
            if isinstance(error, requests.RequestException):
                raise self._failed(str(error), str(error)) from error
            raise _not_stored(self.path, error) from error

    def _attempts(self, known: Mapping[str, Any]) -> Fetched:
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(self.backoff_s * 2 ** (attempt - 1))
            try:
                done = self._attempt(known)
            except (requests.ConnectionError, requests.Timeout,
                    requests.exceptions.ChunkedEncodingError) as error:  # fmt: skip
                _LOG.info("%s: %s", self.url, error)
                continue
            if done is not None:
                return done
        raise self._failed(
            f"no se completó en {ATTEMPTS} intentos", f"not completed in {ATTEMPTS} attempts"
        )

    def _attempt(self, known: Mapping[str, Any]) -> Fetched | None:
        """Try once; None asks for another try."""
        partial = _known_facts(self.part)
        start = self.part.stat().st_size if self.part.is_file() and partial.get("etag") else 0
        headers = {}
        if start:
            headers = {"Range": f"bytes={start}-", "If-Range": partial["etag"]}
        elif known.get("etag"):
            headers = {"If-None-Match": known["etag"]}
        with self.session.get(self.url, headers=headers, stream=True, timeout=TIMEOUT_S) as answer:
            if answer.status_code == _NOT_MODIFIED:
                return Fetched(
                    self.path, self.url, known["bytes"], known["sha256"], downloaded=False
                )
            if answer.status_code >= _SERVER_ERROR:
                _LOG.info("%s: HTTP %d", self.url, answer.status_code)
                return None
            if answer.status_code == _OUT_OF_RANGE:
                self._forget()
                return None
            if answer.status_code not in (_OK, _PARTIAL):
                raise self._failed(f"HTTP {answer.status_code}", f"HTTP {answer.status_code}")
            resumed = answer.status_code == _PARTIAL
            expected = self._expected(answer, start if resumed else 0)
            _write_facts(self.part, {"etag": answer.headers.get("ETag", "")})
            self._store(answer, expected, start if resumed else 0)
            etag = answer.headers.get("ETag", "")
        if expected is not None and self.part.stat().st_size != expected:
            return None
        return self._finish(etag)

    def _expected(self, answer: requests.Response, start: int) -> int | None:
        length = answer.headers.get("Content-Length")
        if length is None or answer.headers.get("Content-Encoding"):
            return None
        total = start + int(length)
        if total > MAX_BYTES:
            raise self._too_large(total)
        return total

    def _store(self, answer: requests.Response, expected: int | None, start: int) -> None:
        size = start
        with (
            self.part.open("ab" if start else "wb") as stream,
            tqdm(total=expected, initial=start, unit="B", unit_scale=True, leave=False,
                 desc=self.path.name, disable=None) as bar,
        ):  # fmt: skip
            for chunk in answer.iter_content(_CHUNK_BYTES):
                size += len(chunk)
                if size > MAX_BYTES:
                    raise self._too_large(size)
                stream.write(chunk)
                bar.update(len(chunk))

    def _finish(self, etag: str) -> Fetched:
        """Check the file, note its facts and move it to its place."""
        if self.path.suffix == ".zip" and not zipfile.is_zipfile(self.part):
            self._forget()
            raise self._failed(
                "la respuesta no es un archivo comprimido (¿una página de error?)",
                "the answer is not an archive (an error page?)",
            )
        size, sha256 = self.part.stat().st_size, _sha256(self.part)
        facts = {"url": self.url, "bytes": size, "sha256": sha256, "etag": etag}
        self.part.replace(self.path)
        _write_facts(self.path, facts)
        self._forget()
        _LOG.info("%s", self.path)
        return Fetched(self.path, self.url, size, sha256, downloaded=True)

    def _forget(self) -> None:
        self.part.unlink(missing_ok=True)
        self.part.with_name(self.part.name + ".json").unlink(missing_ok=True)

    def _failed(self, es: str, en: str) -> FetchError:
        return FetchError(
            Text(f"No se pudo descargar: {es}", f"Could not download: {en}"),
            where=Where(file=self.url),
            remedy=Text("Repita la orden más tarde; lo descargado se conserva",
                        "Repeat the command later; what was downloaded is kept"),
        )  # fmt: skip

    def _too_large(self, size: int) -> LimitError:
        return LimitError(
            Text("La descarga es demasiado grande", "The download is too large"),
            where=Where(file=self.url, value=f"{size:,} bytes"),
            remedy=Text(f"Se aceptan hasta {MAX_BYTES:,}", f"Up to {MAX_BYTES:,} is accepted"),
        )


def fetch_streets(
    places: Sequence[str],
    *,
    cache: Path,
    base_url: str | None = None,
    overpass_url: str | None = None,
    refresh: bool = False,
) -> list[Fetched]:
    """Download the walkable OpenStreetMap streets of some places and around them.

    Parameters
    ----------
    places
        Codes of states or municipalities.
    cache
        Folder to store files in; their outlines are read from the Marco Geoestadístico there,
        which is downloaded where it lacks.
    base_url
        As in :func:`fetch`.
    overpass_url
        Overpass API to ask instead of osmnx's own.
    refresh
        Whether to ask again for places already there.

    Raises
    ------
    ParameterError
        If no place is given: the whole country is not for Overpass.
    MissingInputError
        If a place has no outline.
    FetchError, StorageError
        As in :func:`fetch_osm_streets`.
    """
    if not places:
        raise ParameterError(
            Text("OpenStreetMap se descarga por lugar", "OpenStreetMap is downloaded by place"),
            where=Where(column="PLACE", value="MX"),
            remedy=Text("Dé municipios o entidades, o use un extracto .osm.pbf",
                        "Give municipalities or states, or use an .osm.pbf extract"),
        )  # fmt: skip
    wanted = {place: cache / file_names(catalog().sources["osm_streets"], place)[0]
              for place in places}  # fmt: skip
    missing = [place for place, path in wanted.items() if refresh or not path.is_file()]
    marco = catalog().sources["marco"]
    without = [
        place
        for place in missing
        if not all((cache / name).is_file() for name in file_names(marco, place[:2]))
    ]
    if without:
        fetch(["marco"], without, cache=cache, base_url=base_url)
    for place in missing:
        fetch_osm_streets(place, _outline(place, cache), cache=cache, overpass_url=overpass_url)
    return [_fetched_before(path, downloaded=place in missing) for place, path in wanted.items()]


def _outline(place: str, cache: Path) -> Any:
    """Return the outline of a place and of what is within a walk of it, EPSG:4326."""
    state = len(place) == Level.STATE.code_length
    level = Level.STATE if state else Level.MUNICIPALITY
    paths = [cache / name for name in file_names(catalog().sources["marco"], place[:2])]
    table = read_boundaries(paths, level, place=[place]).table
    own = table[table["cvegeo"] == place]
    if own.empty:
        raise MissingInputError(
            Text("El lugar no tiene contorno", "The place has no outline"),
            where=Where(file=paths[0], value=place),
            remedy=Text("Revise el código del lugar", "Check the code of the place"),
        )
    around = own.geometry.to_crs(METRIC_CRS).buffer(AROUND_M, quad_segs=4)
    return around.to_crs(GEOGRAPHIC_CRS).iloc[0]


def _fetched_before(path: Path, *, downloaded: bool) -> Fetched:
    facts = _known_facts(path)
    size, sha256 = path.stat().st_size, _sha256(path)
    return Fetched(path, str(facts.get("url", "")), size, sha256, downloaded=downloaded)


def fetch_osm_streets(
    place: str, outline: Any, *, cache: Path, overpass_url: str | None = None
) -> Path:
    """Download the walkable OpenStreetMap streets of a place as GraphML.

    Parameters
    ----------
    place
        Code of the place, which names the file.
    outline
        Polygon or MultiPolygon in EPSG:4326 to ask for.
    cache
        Folder to store the file in.
    overpass_url
        Overpass API to ask instead of osmnx's own.

    Returns
    -------
    Path
        The file ``osm_<place>.graphml``.

    Raises
    ------
    FetchError
        If the server does not answer, or knows no streets there.
    StorageError
        If the file cannot be written.
    """
    # osmnx takes seconds to import, which only this function should cost.
    import osmnx  # noqa: PLC0415

    path = cache / file_names(catalog().sources["osm_streets"], place)[0]
    part = path.with_name(path.name + ".part")
    settings = osmnx.settings
    before = settings.overpass_url, settings.use_cache, settings.overpass_rate_limit
    osmnx.settings.use_cache = False
    if overpass_url is not None:
        osmnx.settings.overpass_url = overpass_url
        osmnx.settings.overpass_rate_limit = False
    try:
        cache.mkdir(parents=True, exist_ok=True)
        graph = osmnx.graph_from_polygon(outline, network_type="walk", retain_all=True)
        osmnx.save_graphml(graph, part)
        facts = {
            "url": osmnx.settings.overpass_url,
            "bytes": part.stat().st_size,
            "sha256": _sha256(part),
            "date": datetime.now(tz=UTC).date().isoformat(),
        }
        part.replace(path)
        _write_facts(path, facts)
    except (requests.RequestException, ValueError) as error:
        raise FetchError(
            Text("No se pudieron descargar las calles de OpenStreetMap",
                 "OpenStreetMap's streets could not be downloaded"),
            where=Where(value=place),
            remedy=Text("Repita más tarde, o use un extracto .osm.pbf",
                        "Repeat later, or use an .osm.pbf extract"),
        ) from error  # fmt: skip
    except OSError as error:
        raise _not_stored(path, error) from error
    finally:
        part.unlink(missing_ok=True)
        osmnx.settings.overpass_url, osmnx.settings.use_cache = before[:2]
        osmnx.settings.overpass_rate_limit = before[2]
    return path
