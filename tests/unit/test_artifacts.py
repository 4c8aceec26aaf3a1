"""An atlas: versions named by content, an atomic switch, damage that is noticed."""

import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import ArtifactError, StorageError
from geo import artifacts
from geo.artifacts import FileRecord, Label, LayerRecord, Manifest


def _manifest(staged: Path, content: bytes = b"rows") -> Manifest:
    table = staged / "tables" / "municipios.parquet"
    table.parent.mkdir(exist_ok=True)
    table.write_bytes(content)
    layer = LayerRecord(
        id="municipios",
        level="municipio",
        title=Label(es="Municipios", en="Municipalities"),
        key="cvegeo",
        rows=1,
        table=artifacts.record_file(table, root=staged),
        tiles=None,
        columns=(),
    )
    return Manifest(
        title=Label(es="Prueba", en="Trial"),
        places=(),
        bounds=(-103.0, 21.0, -102.0, 22.0),
        code_version="0",
        sources=(),
        method={},
        layers=(layer,),
        network=None,
        not_computed=(),
        notes=(),
        checks=(),
    )


def _publish(atlas: Path, content: bytes = b"rows") -> Path:
    with artifacts.exclusive(atlas), artifacts.staging(atlas) as staged:
        return artifacts.put_in_service(atlas, staged, _manifest(staged, content))


def test_equal_content_gives_the_same_version_and_other_content_another(tmp_path: Path) -> None:
    first = _publish(tmp_path / "a")
    assert _publish(tmp_path / "a") == first
    assert _publish(tmp_path / "b").name == first.name
    assert _publish(tmp_path / "b", b"other").name != first.name


def test_the_version_put_last_is_in_service_and_whole(tmp_path: Path) -> None:
    _publish(tmp_path)
    newest = _publish(tmp_path, b"newer")
    assert artifacts.current_version(tmp_path) == newest
    assert artifacts.verify(newest).layers[0].rows == 1
    assert not (tmp_path / ".staging").exists()


def test_a_build_that_fails_leaves_the_old_version_serving(tmp_path: Path) -> None:
    serving = _publish(tmp_path)

    def fail_midway() -> None:
        with artifacts.exclusive(tmp_path), artifacts.staging(tmp_path) as staged:
            _manifest(staged, b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_midway()
    assert artifacts.current_version(tmp_path) == serving
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == [serving.name]


def test_a_damaged_file_is_noticed_and_a_new_build_mends_it(tmp_path: Path) -> None:
    version = _publish(tmp_path)
    (version / "tables" / "municipios.parquet").write_bytes(b"rowz")
    with pytest.raises(ArtifactError, match=r"municipios\.parquet"):
        artifacts.verify(version)
    assert artifacts.verify(_publish(tmp_path)).version == version.name


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"format": "other"}'])
def test_a_manifest_that_is_not_ours_is_refused(tmp_path: Path, content: bytes) -> None:
    version = _publish(tmp_path)
    (version / "manifest.json").write_bytes(content)
    with pytest.raises(ArtifactError):
        artifacts.read_manifest(version)


def test_a_changed_manifest_no_longer_has_its_name(tmp_path: Path) -> None:
    version = _publish(tmp_path)
    path = version / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b"Prueba", b"Otra"))
    with pytest.raises(ArtifactError, match="no corresponde"):
        artifacts.read_manifest(version)


@pytest.mark.parametrize("pointer", ["../../etc", "", "0123456789abcdef", "ñ"])
def test_a_pointer_that_names_no_version_is_refused(tmp_path: Path, pointer: str) -> None:
    (tmp_path / "CURRENT").write_text(pointer, encoding="utf-8")
    with pytest.raises(ArtifactError):
        artifacts.current_version(tmp_path)


def test_no_atlas_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="cuidados demo"):
        artifacts.current_version(tmp_path / "nothing")


@pytest.mark.parametrize("path", ["/etc/passwd", "../outside", "tables/../../outside", ""])
def test_file_records_cannot_leave_the_atlas(path: str) -> None:
    with pytest.raises(ValueError, match=r"leaves the atlas|path"):
        FileRecord(path=path, bytes=0, sha256="")


_ANOTHER_BUILD = """
import sys
from pathlib import Path
from data.errors import BusyError
from geo import artifacts
try:
    with artifacts.exclusive(Path(sys.argv[1])):
        print("built")
except BusyError:
    print("refused")
"""


def test_two_builds_at_once_are_refused(tmp_path: Path) -> None:
    with artifacts.exclusive(tmp_path):
        other = subprocess.run(
            [sys.executable, "-c", _ANOTHER_BUILD, tmp_path],
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
    assert other.stdout.strip() == "refused"


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError), artifacts.exclusive(tmp_path / "file"):
        pass
