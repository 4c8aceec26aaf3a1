"""Opening plain files and members of zip archives, without unpacking and within limits.

INEGI ships its tables in zips, several folders deep, next to dictionaries and metadata, in UTF-8
(sometimes with a byte-order mark) or Latin-1. Archives come from outside, so their members, sizes
and compression are bounded before a byte is decompressed.
"""

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from data.errors import InputError, LimitError, MissingInputError, Where
from data.texts import Text

MAX_MEMBERS = 20_000
MAX_MEMBER_BYTES = 8 << 30
MAX_RATIO = 200
_RATIO_MATTERS_BYTES = 64 << 20
_CHUNK_BYTES = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_ENCRYPTED_FLAG = 0x1
# What a damaged archive ends in while it is read: each layer beneath has its own error.
_DAMAGE = (zipfile.BadZipFile, EOFError, zlib.error)
# What is not data beside INEGI's tables, and what a Mac adds to the archives it makes.
_BESIDE = r"diccionario|metadato|catalogo|modelo|nota|leeme"
_HIDDEN = r"(^|/)(__MACOSX/|\._)"
# Bytes that Windows-1252 uses for letters and quotes, and Latin-1 for control characters.
_NOT_WINDOWS_ONLY = bytes((*range(0x80), *range(0xA0, 0x100)))
_UNDEFINED_IN_WINDOWS = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))


@dataclass(frozen=True, slots=True)
class Member:
    """A readable file: a plain one, or one inside a zip.

    Parameters
    ----------
    path
        The file, or the archive.
    name
        Name inside the archive, or None for a plain file.
    """

    path: Path
    name: str | None = None

    @property
    def label(self) -> str:
        """How errors name it."""
        return str(self.path) if self.name is None else f"{self.path}!{self.name}"

    @property
    def suffix(self) -> str:
        """Extension in lower case."""
        return Path(self.name or self.path.name).suffix.lower()

    @property
    def size_bytes(self) -> int:
        """Size once decompressed."""
        if self.name is None:
            return self.path.stat().st_size
        with zipfile.ZipFile(self.path) as archive:
            return archive.getinfo(self.name).file_size

    @property
    def gdal_path(self) -> str:
        """Path by which GDAL reads it in place."""
        if self.name is None:
            return str(self.path)
        return f"/vsizip/{{{self.path}}}/{self.name}"

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open the bytes for reading.

        Raises
        ------
        InputError
            If the archive is damaged, noticed on opening or while reading.
        """
        if self.name is None:
            with self.path.open("rb") as stream:
                yield stream
            return
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.name) as stream:
                yield stream
        except _DAMAGE as error:
            raise damaged(self.path) from error


def find_member(path: Path, *, suffixes: Sequence[str], pattern: str = "") -> Member:
    """Find the one data file that a path stands for.

    Parameters
    ----------
    path
        A plain file, or a zip.
    suffixes
        Extensions that hold data of the kind wanted, such as ``(".csv",)``.
    pattern
        Regular expression the member's name must match, where several share an extension. Without
        it, or where no name matches, dictionaries, catalogues and metadata are passed over and
        the one file left is taken.

    Raises
    ------
    MissingInputError
        If the file does not exist or the archive holds no such member.
    InputError
        If the archive is damaged or several members fit.
    LimitError
        If the archive is beyond the limits.
    """
    if not path.is_file():
        raise MissingInputError(
            Text("No existe el archivo", "The file does not exist"),
            where=Where(file=path),
            remedy=Text("Revise la ruta, o descárguelo con «cuidados fetch»",
                        "Check the path, or download it with “cuidados fetch”"),
        )  # fmt: skip
    if not zipfile.is_zipfile(path):
        if path.suffix.lower() == ".zip":
            raise damaged(path)
        return Member(path)
    members = _checked_members(path)
    names = [member.filename for member in members if not re.search(_HIDDEN, member.filename)]
    stems = {name[:-4].lower() for name in names if name.lower().endswith(".shp")}
    tables = [
        name
        for name in names
        if Path(name).suffix.lower() in suffixes
        and not (name.lower().endswith(".dbf") and name[:-4].lower() in stems)
    ]
    fitting = [name for name in tables if pattern and re.search(pattern, name, re.IGNORECASE)]
    if not fitting:
        fitting = [name for name in tables if not re.search(_BESIDE, name, re.IGNORECASE)]
        # A package of many layers without the one asked for lacks it.
        fitting = [] if pattern and len(fitting) > 1 else fitting
    if len(fitting) != 1:
        raise _not_one(path, fitting, names, suffixes)
    _check_readable(path, next(member for member in members if member.filename == fitting[0]))
    return Member(path, fitting[0])


def may_hold(path: Path, pattern: str) -> bool:
    """Say whether an archive has a member whose name fits; what is no archive may be anything.

    Raises
    ------
    InputError
        If the archive is damaged or unsafe.
    LimitError
        If it is beyond the limits.
    """
    if not zipfile.is_zipfile(path):
        return True
    names = (member.filename for member in _checked_members(path))
    return any(re.search(pattern, name, re.IGNORECASE) for name in names)


def _check_readable(path: Path, member: zipfile.ZipInfo) -> None:
    """Refuse a member under a password, or packed in a way that cannot be undone here."""
    if member.flag_bits & _ENCRYPTED_FLAG:
        problem = Text("El archivo comprimido pide contraseña", "The archive asks for a password")
    elif member.compress_type not in _METHODS:
        problem = Text("El archivo comprimido usa un método que no se puede leer",
                       "The archive uses a method that cannot be read")  # fmt: skip
    else:
        return
    raise InputError(
        problem,
        where=Where(file=path, value=member.filename),
        remedy=Text("Extraiga el archivo y dé su ruta", "Extract the file and give its path"),
    )


def _not_one(
    path: Path, fitting: list[str], names: list[str], suffixes: Sequence[str]
) -> InputError | MissingInputError:
    nested = [name for name in names if name.lower().endswith(".zip")]
    if not fitting and nested:
        return InputError(
            Text("El archivo comprimido contiene otros comprimidos",
                 "The archive holds other archives"),
            where=Where(file=path, value=", ".join(nested[:5])),
            remedy=Text("Extráigalos y dé la ruta del que corresponda",
                        "Extract them and give the path of the right one"),
        )  # fmt: skip
    if not fitting:
        return MissingInputError(
            Text("El archivo comprimido no contiene los datos esperados",
                 "The archive does not hold the data expected"),
            where=Where(file=path),
            remedy=Text(f"Se buscaba un archivo {', '.join(suffixes)}",
                        f"A {', '.join(suffixes)} file was looked for"),
        )  # fmt: skip
    return InputError(
        Text("El archivo comprimido contiene varios candidatos",
             "The archive holds several candidates"),
        where=Where(file=path, value=", ".join(fitting[:5])),
        remedy=Text("Extraiga el que corresponda y dé su ruta",
                    "Extract the right one and give its path"),
    )  # fmt: skip


def _checked_members(path: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise damaged(path) from error
    if len(members) > MAX_MEMBERS:
        raise _too_big(path, len(members), "members", MAX_MEMBERS)
    for info in members:
        parts = Path(info.filename).parts
        if info.filename.startswith("/") or ".." in parts or "\\" in info.filename:
            raise InputError(
                Text("Nombre de archivo peligroso en el comprimido", "Unsafe name in the archive"),
                where=Where(file=path, value=info.filename),
                remedy=Text(
                    "Descárguelo de nuevo de su fuente", "Download it again from its source"
                ),
            )
        if info.file_size > MAX_MEMBER_BYTES:
            raise _too_big(path, info.file_size, "bytes", MAX_MEMBER_BYTES)
        ratio = info.file_size / max(info.compress_size, 1)
        if info.file_size > _RATIO_MATTERS_BYTES and ratio > MAX_RATIO:
            raise _too_big(path, round(ratio), "× compression", MAX_RATIO)
    return members


def damaged(path: Path) -> InputError:
    """Return the error of an archive that is damaged or incomplete."""
    return InputError(
        Text("El archivo comprimido está dañado o incompleto",
             "The archive is damaged or incomplete"),
        where=Where(file=path),
        remedy=Text("Descárguelo de nuevo", "Download it again"),
    )  # fmt: skip


def _too_big(path: Path, found: int, unit: str, limit: int) -> LimitError:
    return LimitError(
        Text("El archivo comprimido excede los límites", "The archive is beyond the limits"),
        where=Where(file=path, value=f"{found:,} {unit}"),
        remedy=Text(f"Se aceptan hasta {limit:,}", f"Up to {limit:,} is accepted"),
    )


def find_encoding(member: Member) -> str:
    """Return the encoding of a whole file.

    ``utf-8-sig`` if it is valid UTF-8; else ``cp1252`` if it uses the letters and quotes that
    Windows adds to Latin-1; else ``latin-1``.

    Raises
    ------
    InputError
        If the archive's data is damaged.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, seen = True, set[int]()
    try:
        with member.open() as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                seen.update(chunk.translate(None, delete=_NOT_WINDOWS_ONLY))
                is_utf8 = is_utf8 and _decodes(decoder, chunk)
    except OSError as error:
        raise damaged(member.path) from error
    if is_utf8 and _decodes(decoder, b"", final=True):
        return "utf-8-sig"
    return "cp1252" if seen and not seen & set(_UNDEFINED_IN_WINDOWS) else "latin-1"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final=final)
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def open_text(member: Member) -> Iterator[io.TextIOWrapper]:
    """Open a text file in the encoding found in it.

    Raises
    ------
    InputError
        If the archive's data is damaged, noticed while reading included.
    """
    encoding = find_encoding(member)
    with member.open() as stream:
        yield io.TextIOWrapper(stream, encoding=encoding, newline="")


def vector_layer_encoding(member: Member) -> str | None:
    """Return the encoding to force on a shapefile without a ``.cpg``; None trusts the file."""
    if member.suffix not in (".shp", ".dbf"):
        return None
    if member.name is None:
        has_cpg = (
            member.path.with_suffix(".cpg").exists() or member.path.with_suffix(".CPG").exists()
        )
    else:
        stem = member.name.rsplit(".", 1)[0].lower()
        names = {info.filename.lower() for info in _checked_members(member.path)}
        has_cpg = f"{stem}.cpg" in names
    # The name GDAL knows Latin-1 by.
    return None if has_cpg else "ISO-8859-1"
