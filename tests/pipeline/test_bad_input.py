"""What goes wrong ends in one clear line and exit code 2, and the atlas in service is unharmed."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from geo import artifacts

pytestmark = pytest.mark.xdist_group("pipeline")


@pytest.fixture
def sources(demo_sources: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo_sources, tmp_path / "sources"))


def _missing_file(folder: Path) -> None:
    (folder / "denue_99_csv.zip").unlink()


def _truncated_zip(folder: Path) -> None:
    path = folder / "99_jacaranda.zip"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _zip_bomb(folder: Path) -> None:
    with zipfile.ZipFile(folder / "denue_99_csv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conjunto_de_datos/denue_inegi_99_.csv", b"0" * (80 << 20))


def _hospitals(folder: Path) -> None:
    with zipfile.ZipFile(folder / "denue_99_csv.zip", "w") as archive:
        archive.writestr("hospitales.csv", "clues,nombre,camas\n1,Hospital General,30\n")


def _no_such_place(folder: Path) -> None:
    description = folder / "cuidados.toml"
    text = description.read_text("utf-8")
    places = 'places = ["99001", "99002", "99003"]'
    assert places in text
    description.write_text(text.replace(places, 'places = ["98001"]'), "utf-8")


def _no_census_of_the_place(folder: Path) -> None:
    _no_such_place(folder)
    description = folder / "cuidados.toml"
    text = description.read_text("utf-8")
    assert "[sources.denue]" in text
    head, tail = text.split("[sources.denue]")
    description.write_text(head + tail[tail.index("[sources.") :], "utf-8")


def _missing_column(folder: Path) -> None:
    path = folder / "denue_99_csv.zip"
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data.replace(b"latitud", b"altitud", 1))


def _unknown_role(folder: Path) -> None:
    description = folder / "cuidados.toml"
    text = description.read_text("utf-8")
    description.write_text(text.replace("[sources.streets]", "[sources.street]"), "utf-8")


def _streets_of_another_city(folder: Path) -> None:
    (folder / "far.osm").write_text(
        '<osm version="0.6"><node id="1" lat="20.0" lon="-99.0"/>'
        '<node id="2" lat="20.1" lon="-99.0"/>'
        '<way id="3"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way></osm>'
    )
    description = folder / "cuidados.toml"
    head, tail = description.read_text("utf-8").split("[sources.streets]")
    description.write_text(
        head + "[sources.streets]" + tail.replace("99_jacaranda.zip", "far.osm", 1), "utf-8"
    )


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_missing_file, "denue_99_csv.zip"),
        (_truncated_zip, "dañado o incompleto"),
        (_zip_bomb, "excede los límites"),
        (_hospitals, "No parece un archivo del DENUE"),
        (_no_such_place, "ningún establecimiento de 98"),
        (_no_census_of_the_place, "no traen datos censales de 98001"),
        (_missing_column, "latitud"),
        (_unknown_role, "¿Quiso decir streets?"),
        (_streets_of_another_city, "Las calles son de otro lugar"),
    ],
)
def test_bad_sources_are_one_clear_error(
    spoil: Callable[[Path], None], said: str, sources: Path, demo_atlas: Path, cuidados
) -> None:
    serving = artifacts.current_version(demo_atlas)
    spoil(sources)
    result = cuidados("build", "--sources", sources, "--atlas", demo_atlas)
    assert result.returncode == 2, result.stderr
    error = [line for line in result.stderr.splitlines() if line.startswith("Error")]
    assert len(error) == 1
    assert said in error[0]
    assert "Traceback" not in result.stderr
    assert artifacts.current_version(demo_atlas) == serving
    assert not (demo_atlas / ".staging").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("build", "Meridaa"), "31050 Mérida"),
        (("build", "99999"), "No existe el lugar"),
        (("build", "01001", "--sources", "/nonexistent"), "No existe la carpeta"),
        (("build", "--method", "/nonexistent.toml", "--sources", "."), "archivo"),
        (("info", "--atlas", "/nonexistent"), "cuidados demo"),
        (("serve", "--atlas", "/nonexistent"), "cuidados demo"),
        (("fetch", "01", "--source", "nothing"), "census_areas"),
        (("build", "--no-such-option"), "no-such-option"),
        (("build", "--sources", ".", "--codebooks", "/nonexistent"), "libros de códigos"),
        (("codebooks", "--codebooks", "/nonexistent"), "name_rules.csv"),
        (("calibrate", "--atlas", "/nonexistent"), "cuidados demo"),
        (("build", "Benito Juárez"), "09014 Benito Juárez"),
        (("codebooks", "--out", "/nonexistent/page.md"), "no se pudo leer o escribir"),
    ],
)
def test_bad_arguments_are_one_clear_error(
    arguments: tuple[str, ...], said: str, cuidados, tmp_path: Path
) -> None:
    result = cuidados(*arguments, cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_messages_come_in_english_when_asked(cuidados, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("CUIDADOS_LANGUAGE", "en")
    result = cuidados("build", "99999", cwd=tmp_path)
    assert "There is no such place" in result.stderr


def test_a_full_disk_leaves_the_atlas_as_it_was(sources: Path, demo_atlas: Path, cuidados) -> None:
    serving = artifacts.current_version(demo_atlas)

    def limit_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    result = cuidados("build", "--sources", sources, "--atlas", demo_atlas, preexec_fn=limit_files)
    assert result.returncode == 2, result.stderr
    assert "el atlas en servicio no cambió" in result.stderr
    assert artifacts.verify(artifacts.current_version(demo_atlas)).version == serving.name


def test_two_builds_at_once_are_refused(sources: Path, demo_atlas: Path, cuidados) -> None:
    with FileLock(demo_atlas / ".lock"):
        result = cuidados("build", "--sources", sources, "--atlas", demo_atlas)
    assert result.returncode == 2
    assert "Otra construcción" in result.stderr


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_a_build_stopped_in_the_middle_leaves_the_atlas_as_it_was(
    sent: signal.Signals, sources: Path, demo_atlas: Path, cuidados
) -> None:
    serving = artifacts.current_version(demo_atlas)
    # Another speed makes another version, so that the stopped build has something to write.
    method = sources / "method.toml"
    method.write_text("[walking]\nspeed_m_per_min = 60.0\n")
    command = [
        sys.executable, "-m", "api", "build", "--sources", str(sources), "--atlas", str(demo_atlas),
        "--method", str(method),
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "Leyendo calles" in line:
            break
    time.sleep(0.3)
    process.send_signal(sent)
    rest = process.stderr.read()
    process.stderr.close()
    code = process.wait(timeout=60)
    if sent is signal.SIGINT:
        assert code == 130, rest
        assert "Interrumpido" in rest
        assert not (demo_atlas / ".staging").exists()
    assert artifacts.current_version(demo_atlas) == serving
    # What a killed build left behind is in nobody's way.
    result = cuidados("build", "--sources", sources, "--atlas", demo_atlas)
    assert result.returncode == 0, result.stderr
    assert artifacts.current_version(demo_atlas) == serving
