"""Objects of a store such as S3, by name: read whole, in part, or into a file, and written.

Beside ``data.fetch``, the one module that opens sockets. Where the store is, and with what
credentials, is told by an address and the environment its own tools read (``AWS_REGION``,
``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL``, ``AWS_SKIP_SIGNATURE`` …).
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import ArtifactError, FetchError, LimitError, ParameterError, StorageError, Where
from data.texts import Text

if TYPE_CHECKING:
    from obstore.store import ObjectStore

SCHEMES = ("s3://", "gs://", "az://")
_PART_BYTES = 16 << 20
_CLIENT = {"timeout": "60s", "connect_timeout": "5s"}
_RETRIES = 3
_RETRIES_S = 30


def is_address(text: str) -> bool:
    """Return whether a text names a store of objects rather than a folder."""
    return text.startswith(SCHEMES)


class Objects:
    """Objects under one address, such as ``s3://bucket/atlas``.

    Raises
    ------
    ParameterError
        If the address is none.
    """

    def __init__(self, address: str) -> None:
        from obstore.exceptions import BaseError
        from obstore.store import from_url

        self.address = address.rstrip("/")
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        client: Any = _CLIENT | ({"allow_http": True} if endpoint.startswith("http://") else {})
        retries: Any = {"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=_RETRIES_S)}
        try:
            self._store: ObjectStore = from_url(
                self.address, client_options=client, retry_config=retries
            )
        except (BaseError, ValueError) as error:
            raise ParameterError(
                Text("La dirección del almacén no es válida", "The store's address is not valid"),
                where=Where(value=address),
                remedy=Text(
                    "Dé algo como s3://cubeta/carpeta, y la región y credenciales en AWS_…",
                    "Give something like s3://bucket/folder, region and credentials in AWS_…",
                ),
            ) from error

    def read(self, name: str, *, most_bytes: int) -> bytes:
        """Return an object whole.

        Raises
        ------
        FetchError
            If it is not there or cannot be had.
        LimitError
            If it is larger than ``most_bytes``.
        """
        import obstore

        with self._had(name):
            found = obstore.get(self._store, name)
            if found.meta["size"] <= most_bytes:
                return bytes(found.bytes())
        raise LimitError(
            Text("El objeto es demasiado grande", "The object is too large"),
            where=Where(file=self._named(name), value=found.meta["size"]),
            remedy=Text(f"Se aceptan {most_bytes} bytes", f"{most_bytes} bytes are accepted"),
        )

    def read_part(self, name: str, start: int, length: int) -> bytes:
        """Return ``length`` bytes of an object from ``start`` on; raises ``FetchError``."""
        import obstore

        with self._had(name):
            return bytes(obstore.get_range(self._store, name, start=start, length=length))

    def size_of(self, name: str) -> int | None:
        """Return the bytes of an object, or None if there is none of that name."""
        import obstore

        try:
            with self._had(name):
                return int(obstore.head(self._store, name)["size"])
        except FetchError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return None
            raise

    def copy(self, name: str, target: Path, *, size: int, sha256: str) -> None:
        """Copy an object into a file, which is there only if the object is the one meant.

        It is asked for a part at a time, since a request is given up after a minute, whatever has
        come by then: a slow line takes longer over the tables of a country.

        Raises
        ------
        ArtifactError
            If its size or SHA-256 is another.
        FetchError
            If it cannot be had.
        StorageError
            If the file cannot be written.
        """
        import obstore

        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        digest = hashlib.sha256()
        try:
            with self._had(name), part.open("wb") as stream:
                if obstore.head(self._store, name)["size"] != size:
                    raise damaged(self._named(name))
                for start in range(0, size, _PART_BYTES):
                    length = min(_PART_BYTES, size - start)
                    chunk = obstore.get_range(self._store, name, start=start, length=length)
                    digest.update(chunk)
                    stream.write(chunk)
            if digest.hexdigest() != sha256:
                raise damaged(self._named(name))
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def write(self, name: str, content: Path | bytes) -> None:
        """Put an object in place of what there was, whole or not at all; raises ``FetchError``."""
        import obstore

        with self._had(name):
            obstore.put(self._store, name, content)

    def _named(self, name: str) -> str:
        return f"{self.address}/{name}"

    @contextmanager
    def _had(self, name: str) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, FileNotFoundError) as error:
            raise FetchError(
                Text("El almacén no dio el objeto", "The store did not give the object"),
                where=Where(file=self._named(name), value=_first_line(error)),
                remedy=Text(
                    "Revise dirección, red y credenciales, y que el atlas se haya publicado ahí "
                    "con «cuidados publish»",
                    "Check address, network and credentials, and that the atlas was published "
                    "there with “cuidados publish”",
                ),
            ) from error
        except OSError as error:
            raise StorageError(
                Text("No se pudo escribir la copia", "The copy could not be written"),
                where=Where(file=error.filename, value=error.strerror),
                remedy=Text("Revise espacio y permisos", "Check space and permissions"),
            ) from error


def damaged(name: Any) -> ArtifactError:
    """Return the error of an object that is not the one its hash names."""
    return ArtifactError(
        Text(
            "Un objeto del almacén está dañado o no es el publicado",
            "An object of the store is damaged or not the one published",
        ),
        where=Where(file=name),
        remedy=Text(
            "Publique el atlas otra vez con --repair; lo dañado no se sirve",
            "Publish the atlas again with --repair; what is damaged is not served",
        ),
    )


def _first_line(error: Exception) -> str:
    return str(error).split("\n", maxsplit=1)[0][:300]
