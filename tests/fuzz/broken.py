"""Good files spoiled in the ways files are spoiled: on the way, by a spreadsheet, or on purpose."""

import io
import random
import re
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

Spoil = Callable[[bytes], bytes]
_SEED = 20201127


def _flipped(content: bytes, share: float) -> bytes:
    chance = random.Random(_SEED)  # noqa: S311 -- a corpus, the same every time
    spoiled = bytearray(content)
    for _ in range(max(1, int(len(spoiled) * share))):
        spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
    return bytes(spoiled)


def _cells(value: bytes) -> Spoil:
    """Return what puts a value into every numeric cell but those of the header."""

    def spoil(content: bytes) -> bytes:
        head, _, rows = content.partition(b"\n")
        return head + b"\n" + re.sub(rb'(?<=[,"])\d[\d.]*(?=[,"\r\n])', value, rows)

    return spoil


def _last_row(content: bytes) -> bytes:
    return content.rstrip(b"\r\n").rsplit(b"\n", 1)[-1]


ANY: Mapping[str, Spoil] = MappingProxyType({
    "nothing": lambda _: b"",
    "one byte": lambda content: content[:1],
    "half": lambda content: content[: len(content) // 2],
    "without its end": lambda content: content[:-7],
    "one bit in a thousand": lambda content: _flipped(content, 0.001),
    "one byte in twenty": lambda content: _flipped(content, 0.05),
    "twice": lambda content: content * 2,
    "zeros": lambda content: bytes(len(content)),
    "zeros in the middle": lambda content: (
        content[: len(content) // 2] + bytes(64) + content[len(content) // 2 :]
    ),
    "another kind": lambda _: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\n",
    "a page that says no": lambda _: b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
})  # fmt: skip

TABLES: Mapping[str, Spoil] = MappingProxyType({
    "header alone": lambda content: content.partition(b"\n")[0] + b"\n",
    "no header": lambda content: content.partition(b"\n")[2],
    "two headers": lambda content: content.partition(b"\n")[0] + b"\n" + content,
    "UTF-16": lambda content: content.decode("utf-8", "replace").encode("utf-16"),
    "read in one encoding, written in another": lambda content: (
        content.decode("latin-1").encode("utf-8")
    ),
    "semicolons": lambda content: content.replace(b",", b";"),
    "carriage returns alone": lambda content: content.replace(b"\r", b"").replace(b"\n", b"\r"),
    "a quote that never ends": lambda content: content.replace(b"\n", b'\n"', 2),
    "a row too long": lambda content: content + _last_row(content) + b",1,2,3\n",
    "a row too short": lambda content: content + b"1,2\n",
    "a huge cell": lambda content: content + b'"' + b"x" * (1 << 20) + b'"\n',
    "columns in another order": lambda content: b"\n".join(
        b",".join(reversed(line.split(b","))) for line in content.split(b"\n")
    ),
    "less than nothing": _cells(b"-5"),
    "beyond numbers": _cells(b"1e999"),
    "not a number": _cells(b"NaN"),
    "far too many": _cells(b"9" * 400),
    "formulas": _cells(b"=cmd|'/c calc'!A1"),
    "letters": _cells(b"abc"),
    "no values": _cells(b""),
    "digits of another script": _cells("٣".encode()),
    "the same row again": lambda content: content + _last_row(content) + b"\n",
})  # fmt: skip


def archives(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield archives made of a good one's members that no honest program would make."""
    with zipfile.ZipFile(io.BytesIO(content)) as good:
        members = {info.filename: good.read(info) for info in good.infolist()}
    largest = max(members, key=lambda name: len(members[name]))

    def made(names: Mapping[str, bytes], link: str | None = None) -> bytes:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in names.items():
                info = zipfile.ZipInfo(name)
                if name == link:
                    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
                archive.writestr(info, data)
        return held.getvalue()

    yield "nothing inside", made({})
    yield "climbing names", made({f"../../{name}": data for name, data in members.items()})
    yield "absolute names", made({f"/etc/{name}": data for name, data in members.items()})
    yield "a link instead of a file", made(members | {largest: b"/etc/passwd"}, link=largest)
    yield "an archive in an archive", made({"inner.zip": content})
    yield "names with line breaks", made({f"a\n{name}": data for name, data in members.items()})
    yield "many members", made({f"{number}.csv": b"" for number in range(5000)})
    yield (
        "without its largest",
        made({name: data for name, data in members.items() if name != largest}),
    )
    for name, spoil in ANY.items():
        yield f"its largest: {name}", made(members | {largest: spoil(members[largest])})
    where = content.rfind(b"PK\x01\x02")
    lying = bytearray(content)
    lying[where + 24 : where + 28] = (0xFFFFFFFE).to_bytes(4, "little")
    yield "a size that lies", bytes(lying)
    lying = bytearray(content)
    lying[where + 8] |= 1
    yield "under a password", bytes(lying)
