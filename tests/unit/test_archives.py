"""Plain files and zips: what is found in them, in which encoding, and what is refused."""

import io
import zipfile
from pathlib import Path

import pytest

from data import archives
from data.archives import Member, find_encoding, find_member, open_text
from data.errors import InputError, LimitError, MissingInputError

CSV = (".csv",)


def _zip(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _plain(path: Path, content: bytes) -> Member:
    path.write_bytes(content)
    return Member(path)


def test_the_data_is_found_among_what_inegi_packs_beside_it(tmp_path: Path) -> None:
    path = _zip(
        tmp_path / "ageb_mza_urbana_01_cpv2020_csv.zip",
        {
            "ageb_01/catalogos/tam_loc.csv": b"1",
            "ageb_01/conjunto_de_datos/conjunto_de_datos_ageb_urbana_01_cpv2020.csv": b"a\n1\n",
            "ageb_01/diccionario_datos/diccionario_datos_ageb_urbana_01_cpv2020.csv": b"2",
            "ageb_01/metadatos/metadatos_ageb_urbana_01_cpv2020.txt": b"3",
            "__MACOSX/ageb_01/conjunto_de_datos/._conjunto_de_datos_ageb.csv": b"\0\5",
        },
    )
    member = find_member(path, suffixes=CSV)
    assert member.label.endswith("csv.zip!ageb_01/conjunto_de_datos/"
                                 "conjunto_de_datos_ageb_urbana_01_cpv2020.csv")  # fmt: skip
    assert member.suffix == ".csv"
    assert member.size_bytes == 4
    with member.open() as stream:
        assert stream.read() == b"a\n1\n"
    assert sorted(item.name for item in tmp_path.iterdir()) == [path.name]


def test_the_layer_asked_for_is_found_among_several(tmp_path: Path) -> None:
    layers = ("01ent", "01mun", "01l", "01lpr", "01a", "01ar", "01m", "01fm", "01e")
    members = {f"conjunto_de_datos/{layer}{end}": b"x" for layer in layers for end in (".shp",
               ".dbf", ".shx", ".prj")}  # fmt: skip
    path = _zip(tmp_path / "01_aguascalientes.zip", members)
    for layer in ("ent", "mun", "l", "a", "m", "e"):
        found = find_member(path, suffixes=(".shp",), pattern=rf"(^|/)\d{{2}}{layer}\.shp$")
        assert found.name == f"conjunto_de_datos/01{layer}.shp"


def test_a_zip_with_one_layer_needs_no_name_of_inegis(tmp_path: Path) -> None:
    path = _zip(tmp_path / "mine.zip", {"mis_agebs.shp": b"x", "mis_agebs.dbf": b"x"})
    found = find_member(path, suffixes=(".shp", ".dbf"), pattern=r"(^|/)\d{2}a\.shp$")
    assert found.name == "mis_agebs.shp"


def test_a_package_without_the_layer_asked_for_lacks_it(tmp_path: Path) -> None:
    path = _zip(tmp_path / "package.zip", {"01ent.shp": b"x", "01mun.shp": b"x"})
    with pytest.raises(MissingInputError, match=r"\.shp"):
        find_member(path, suffixes=(".shp",), pattern=r"(^|/)\d{2}a\.shp$")


def test_archives_in_an_archive_are_named(tmp_path: Path) -> None:
    path = _zip(tmp_path / "889463807469_s.zip", {"01_aguascalientes.zip": b"x"})
    with pytest.raises(InputError, match=r"contiene otros comprimidos.*01_aguascalientes\.zip"):
        find_member(path, suffixes=(".shp",))


def test_several_candidates_are_named(tmp_path: Path) -> None:
    path = _zip(tmp_path / "two.zip", {"a.csv": b"1", "b.csv": b"2"})
    with pytest.raises(InputError, match=r"varios candidatos.*a\.csv, b\.csv"):
        find_member(path, suffixes=CSV)


def test_a_missing_file_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="cuidados fetch"):
        find_member(tmp_path / "denue.csv", suffixes=CSV)


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "/etc/passwd.csv", "a\\..\\b.csv"])
def test_names_that_leave_the_archive_are_refused(name: str, tmp_path: Path) -> None:
    path = _zip(tmp_path / "hostile.zip", {name: b"1"})
    with pytest.raises(InputError, match="peligroso"):
        find_member(path, suffixes=CSV)


def test_a_truncated_archive_is_damaged(tmp_path: Path) -> None:
    path = _zip(tmp_path / "cut.zip", {"a.csv": bytes(range(256)) * 40}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match="dañado o incompleto"):
        find_member(path, suffixes=CSV)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damage_within_a_member_is_noticed_while_reading(method: int, tmp_path: Path) -> None:
    lines = b"\n".join(b"%d,%d" % (n, n * 7919) for n in range(2000))
    path = _zip(tmp_path / "rotten.zip", {"a.csv": lines}, method)
    content = bytearray(path.read_bytes())
    content[2000:2040] = b"\xff" * 40
    path.write_bytes(content)
    with pytest.raises(InputError, match="dañado o incompleto"):
        find_encoding(find_member(path, suffixes=CSV))


@pytest.mark.parametrize(
    ("offset", "value", "said"), [(8, 1, "pide contraseña"), (10, 9, "método que no se puede leer")]
)
def test_members_that_cannot_be_unpacked_are_refused(
    offset: int, value: int, said: str, tmp_path: Path
) -> None:
    path = _zip(tmp_path / "locked.zip", {"a.csv": b"x" * 50})
    content = bytearray(path.read_bytes())
    content[content.find(b"PK\x01\x02") + offset] = value
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        find_member(path, suffixes=CSV)


def test_a_bomb_is_refused_before_a_byte_is_unpacked(tmp_path: Path) -> None:
    path = _zip(tmp_path / "bomb.zip", {"a.csv": b"0" * (70 << 20)})
    with pytest.raises(LimitError, match="× compression"):
        find_member(path, suffixes=CSV)


def test_too_many_and_too_large_members_are_refused(tmp_path: Path, monkeypatch) -> None:
    path = _zip(tmp_path / "many.zip", {f"{n}.csv": b"1" * 20 for n in range(5)})
    monkeypatch.setattr(archives, "MAX_MEMBERS", 4)
    with pytest.raises(LimitError, match="5 members"):
        find_member(path, suffixes=CSV)
    monkeypatch.setattr(archives, "MAX_MEMBERS", 5)
    monkeypatch.setattr(archives, "MAX_MEMBER_BYTES", 19)
    with pytest.raises(LimitError, match="20 bytes"):
        find_member(path, suffixes=CSV)


@pytest.mark.parametrize(
    ("content", "encoding", "text"),
    [
        ("Mérida".encode(), "utf-8-sig", "Mérida"),
        ("\ufeffMérida".encode(), "utf-8-sig", "Mérida"),
        ("Mérida, Peñón".encode("latin-1"), "latin-1", "Mérida, Peñón"),
        ("“Niño” – Mérida".encode("cp1252"), "cp1252", "“Niño” – Mérida"),
        (b"Peque\xf1os\x81", "latin-1", "Pequeños\x81"),
        (b"", "utf-8-sig", ""),
        (b"cut short in a letter: \xc3", "latin-1", "cut short in a letter: Ã"),
    ],
)
def test_the_encoding_is_found_in_the_bytes(
    content: bytes, encoding: str, text: str, tmp_path: Path
) -> None:
    member = _plain(tmp_path / "a.csv", content)
    assert find_encoding(member) == encoding
    with open_text(member) as stream:
        assert stream.read() == text


def test_a_letter_split_between_two_reads_is_still_utf8(tmp_path: Path) -> None:
    member = _plain(tmp_path / "a.csv", b"x" * ((1 << 20) - 1) + "ñ".encode())
    assert find_encoding(member) == "utf-8-sig"


def test_latin1_in_the_last_line_of_a_long_file_is_seen(tmp_path: Path) -> None:
    member = _plain(tmp_path / "a.csv", b"x" * (2 << 20) + "ñ".encode("latin-1"))
    assert find_encoding(member) == "latin-1"


@pytest.mark.parametrize("inside", [False, True])
def test_a_shapefile_without_code_page_is_latin1(inside: bool, tmp_path: Path) -> None:
    if inside:
        without = find_member(_zip(tmp_path / "a.zip", {"a.shp": b"x"}), suffixes=(".shp",))
        stated = find_member(
            _zip(tmp_path / "b.zip", {"b.shp": b"x", "b.CPG": b"UTF-8"}), suffixes=(".shp",)
        )
    else:
        without, stated = _plain(tmp_path / "a.shp", b"x"), _plain(tmp_path / "b.shp", b"x")
        (tmp_path / "b.CPG").write_bytes(b"UTF-8")
    assert archives.vector_layer_encoding(without) == "ISO-8859-1"
    assert archives.vector_layer_encoding(stated) is None


def test_text_is_read_with_its_line_ends_as_they_stand(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"a.csv": b'a,b\r\n1,"x\ny"\r\n'})
    with open_text(find_member(path, suffixes=CSV)) as stream:
        assert isinstance(stream, io.TextIOWrapper)
        assert stream.read() == 'a,b\r\n1,"x\ny"\r\n'
