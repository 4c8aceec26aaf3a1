"""An atlas in a store of objects: real requests to moto's S3 server."""

import gzip
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from api.app import create_app
from api.service_commands import following
from api.settings import Settings
from data.errors import ArtifactError, FetchError, LimitError, ParameterError
from data.objects import Objects, is_address
from geo import remote
from geo.artifacts import current_version
from geo.progress import Progress, Silent
from geo.remote import Blocks, mirror, publish
from tests.api.running import client_of
from tests.api.synthetic_atlas import SOUTH, STEP, WEST, build_synthetic_atlas
from tests.api.test_tiles import mercator

BUCKET = "atlas-de-prueba"
_X, _Y = (int(part * 2**12) for part in mercator(WEST + STEP, SOUTH + STEP))
TILES = (f"/tiles/agebs/8/{_X >> 4}/{_Y >> 4}.mvt", f"/tiles/agebs,centros/12/{_X}/{_Y}.mvt")
PATHS = (
    *TILES, "/atlas", "/collections/manzanas/items?limit=1000", "/tiles/agebs.pmtiles",
    "/collections/centros/download?f=parquet", "/estadisticas/ageb?codes=0100100010001",
)  # fmt: skip


@pytest.fixture(scope="module")
def bucket() -> Iterator[object]:
    """Return a bucket of a server that speaks S3."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    told = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "prueba", "AWS_SECRET_ACCESS_KEY": "prueba",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        resource = boto3.resource(
            "s3", endpoint_url=told["AWS_ENDPOINT_URL"], region_name="us-east-1"
        )
        yield resource.create_bucket(Bucket=BUCKET)
    server.stop()


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return two further atlases, the same but for their titles."""
    folders = [tmp_path_factory.mktemp(title) for title in ("segunda", "tercera")]
    for folder in folders:
        build_synthetic_atlas(folder, title=folder.name)
    return folders


def put(atlas: Path, objects: Objects, *, repair: bool = False) -> str:
    return publish(atlas, objects, Progress(steps=0, stream=Silent()), repair=repair)


@pytest.fixture
def address(bucket, request: pytest.FixtureRequest) -> str:
    return f"s3://{bucket.name}/{request.node.name.replace('[', '-').strip(']')}"


@pytest.fixture
def objects(address: str, synthetic_atlas: Path) -> Objects:
    """Return a store with the synthetic atlas published to it."""
    found = Objects(address)
    put(synthetic_atlas, found)
    return found


def _key(objects: Objects, name: str) -> str:
    return f"{objects.address.removeprefix(f's3://{BUCKET}/')}/{name}"


def _spoil(bucket, key: str, *, at: int = -9) -> None:
    content = bytearray(bucket.Object(key).get()["Body"].read())
    content[at] ^= 255
    bucket.put_object(Key=key, Body=bytes(content))


def test_two_services_on_one_bucket_answer_as_the_folder_does(
    objects: Objects, client: httpx.Client, tmp_path: Path
) -> None:
    for name in ("one", "other"):
        folder = tmp_path / name
        mirror(objects, folder)
        hollow = current_version(folder) / "tiles" / "agebs.pmtiles"
        assert not any(hollow.read_bytes()[-64:])  # nothing of its tiles is there yet
        with client_of(create_app(Settings(atlas=folder))) as replica:
            for path in PATHS:
                found, expected = replica.get(path), client.get(path)
                assert found.status_code == expected.status_code == 200, path
                assert found.content.replace(
                    str(replica.base_url).rstrip("/").encode(),
                    str(client.base_url).rstrip("/").encode(),
                ) == (expected.content), path
                if path.startswith("/tiles/"):  # others hold the address they were asked at
                    assert found.headers["etag"] == expected.headers["etag"]
            part = replica.get("/tiles/centros.pmtiles", headers={"range": "bytes=200-299"})
            whole = client.get("/tiles/centros.pmtiles").content
            assert (part.status_code, part.content) == (206, whole[200:300])


def test_a_changed_table_is_refused_and_the_old_version_goes_on(
    bucket, objects: Objects, editions: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "mirror"
    name = mirror(objects, folder)
    other = put(editions[0], objects)
    assert other != name
    _spoil(bucket, _key(objects, f"{other}/tables/agebs.parquet"))
    shutil.rmtree(folder / "objects")  # or it would not be asked for again: it did not change
    with pytest.raises(ArtifactError):
        mirror(objects, folder)
    assert current_version(folder).name == name
    # Once it is sound again, it is taken up, and what did not change is not copied twice.
    _spoil(bucket, _key(objects, f"{other}/tables/agebs.parquet"))
    assert mirror(objects, folder) == other
    assert current_version(folder).name == other
    links = {path.name: path.stat().st_nlink for path in (folder / "objects").iterdir()}
    assert max(links.values()) >= 2


@pytest.mark.parametrize("what", ["CURRENT", "manifest.json"])
def test_a_changed_pointer_or_manifest_is_refused(
    bucket, objects: Objects, what: str, synthetic_atlas: Path, tmp_path: Path
) -> None:
    version = current_version(synthetic_atlas).name
    _spoil(bucket, _key(objects, what if what == "CURRENT" else f"{version}/{what}"), at=3)
    with pytest.raises((ArtifactError, FetchError)):
        mirror(objects, tmp_path / "mirror")
    assert not (tmp_path / "mirror" / "CURRENT").exists()


def test_a_changed_tile_is_refused_and_nothing_of_it_served(
    bucket, objects: Objects, synthetic_atlas: Path, tmp_path: Path
) -> None:
    version = current_version(synthetic_atlas).name
    mirror(objects, tmp_path)
    key = _key(objects, f"{version}/tiles/centros.pmtiles")
    # The tiles end at its end; its head is in the same block, so it must be there before.
    with client_of(create_app(Settings(atlas=tmp_path))) as replica:
        assert replica.get("/tiles/centros.json").status_code == 200
    shutil.rmtree(tmp_path)
    mirror(objects, tmp_path)
    _spoil(bucket, key)
    with pytest.raises(ArtifactError):
        create_app(Settings(atlas=tmp_path))


def test_a_new_version_is_taken_up_by_services_that_run(
    objects: Objects, editions: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.service_commands.FOLLOW_S", 0.05)
    with (
        following(objects.address, tmp_path / "cache") as folder,
        client_of(create_app(Settings(atlas=folder, refresh_s=0.05))) as replica,
    ):
        before = replica.get("/readyz").json()["version"]
        after = put(editions[0], objects)
        assert before != after
        end = time.monotonic() + 60
        seen = set()
        while after not in seen and time.monotonic() < end:
            seen.add(replica.get("/readyz").json()["version"])
            assert replica.get(TILES[0]).status_code == 200
        assert seen == {before, after}


def test_a_store_that_is_away_leaves_what_was_mirrored(
    objects: Objects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with following(objects.address, tmp_path) as folder:
        version = current_version(folder)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("data.objects._RETRIES", 0)
    with following(objects.address, tmp_path) as again:
        assert current_version(again) == version
    with pytest.raises(FetchError), following(objects.address, tmp_path / "other"):
        pass


def test_publishing_again_puts_nothing_but_the_pointer(
    bucket, objects: Objects, synthetic_atlas: Path
) -> None:
    prefix = _key(objects, "")
    before = {item.key: item.last_modified for item in bucket.objects.filter(Prefix=prefix)}
    assert any(key.endswith(".pmtiles.blocks") for key in before)
    time.sleep(1.1)  # the server's clock has whole seconds
    put(synthetic_atlas, objects)
    after = {item.key: item.last_modified for item in bucket.objects.filter(Prefix=prefix)}
    assert {key for key in after if after[key] != before.get(key)} == {_key(objects, "CURRENT")}


def test_an_upload_that_was_stopped_goes_on_and_a_damaged_store_is_mended(
    bucket, objects: Objects, synthetic_atlas: Path, tmp_path: Path
) -> None:
    version = current_version(synthetic_atlas).name
    table = f"{version}/tables/agebs.parquet"

    def written() -> dict[str, object]:
        found = bucket.objects.filter(Prefix=_key(objects, ""))
        return {item.key: item.last_modified for item in found}

    for left_out in (f"{version}/manifest.json", table):  # it was stopped before these
        bucket.Object(_key(objects, left_out)).delete()
    before = written()
    time.sleep(1.1)
    put(synthetic_atlas, objects)
    changed = {key for key, when in written().items() if when != before.get(key)}
    assert _key(objects, table) in changed
    assert not any(
        key.endswith((".parquet", ".pmtiles")) for key in changed - {_key(objects, table)}
    )
    size = objects.size_of(table)
    assert size is not None
    objects.write(table, bytes(size))
    with pytest.raises(ArtifactError, match="--repair"):
        mirror(objects, tmp_path / "mirror")
    put(synthetic_atlas, objects)
    with pytest.raises(ArtifactError):
        mirror(objects, tmp_path / "mirror")
    put(synthetic_atlas, objects, repair=True)
    assert mirror(objects, tmp_path / "mirror") == version


def test_old_versions_leave_the_mirror(
    objects: Objects, editions: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "mirror"
    names = [mirror(objects, folder)]
    for edition in editions:
        put(edition, objects)
        names.append(mirror(objects, folder))
    assert {path.parent.name for path in folder.glob("*/manifest.json")} == set(names[1:])
    assert all(path.stat().st_nlink > 1 for path in (folder / "objects").iterdir())


def test_the_commands_publish_and_serve(
    address: str, synthetic_atlas: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "api"]
    done = subprocess.run(
        [*command, "publish", "--atlas", str(synthetic_atlas), "--to", address],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert address in done.stdout
    port = 20_000 + os.getpid() % 20_000
    with subprocess.Popen(
        [*command, "serve", "--atlas", address, "--cache", str(tmp_path), "--port", str(port)],
        stdout=subprocess.DEVNULL,
    ) as service:
        try:
            tile = _patiently(f"http://127.0.0.1:{port}{TILES[0]}")
        finally:
            service.terminate()
    assert tile.status_code == 200
    assert len(gzip.compress(tile.content)) > 100


def _patiently(url: str) -> httpx.Response:
    end = time.monotonic() + 60
    while True:
        try:
            return httpx.get(url, trust_env=False, timeout=60)
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def test_only_addresses_are_taken_for_stores() -> None:
    assert is_address("s3://bucket/atlas")
    assert not is_address("/srv/atlas")
    assert not is_address("atlas")
    with pytest.raises(ParameterError):
        Objects("s3://")


def test_what_is_not_there_or_too_large_is_said(objects: Objects) -> None:
    with pytest.raises(FetchError):
        objects.read("nada", most_bytes=10)
    with pytest.raises(LimitError):
        objects.read("CURRENT", most_bytes=3)
    assert objects.size_of("nada") is None


class _Archive:
    """A hollow archive of 10 blocks of 8 bytes (the last of 5), and what was asked for it."""

    def __init__(self, folder: Path) -> None:
        self.whole = bytes(range(77))
        self.path = folder / "hollow"
        with self.path.open("wb") as stream:
            stream.truncate(len(self.whole))
        self.asked: list[tuple[int, int]] = []
        self.hashes = [remote._hash(self.whole[at : at + 8]) for at in range(0, 77, 8)]
        self.blocks = self.again()

    def again(self) -> Blocks:
        return Blocks(self.path, 8, self.hashes, self._read)

    def _read(self, start: int, length: int) -> bytes:
        self.asked.append((start, length))
        return self.whole[start : start + length]


def test_only_blocks_that_lack_are_asked_for_and_neighbours_at_once(tmp_path: Path) -> None:
    archive = _Archive(tmp_path)
    assert archive.blocks.lacks(10, 12)
    archive.blocks.bring(10, 12)
    archive.blocks.bring(3, 30)
    archive.blocks.bring(70, 77)
    archive.blocks.bring(8, 32)
    assert archive.asked == [(8, 8), (0, 8), (16, 16), (64, 13)]
    assert not archive.blocks.lacks(0, 32)
    held = archive.path.read_bytes()
    assert held[:32] == archive.whole[:32]
    assert held[64:] == archive.whole[64:]
    assert not any(held[32:64])


def test_blocks_of_a_process_before_are_not_asked_for_again(tmp_path: Path) -> None:
    archive = _Archive(tmp_path)
    archive.blocks.bring(0, 77)
    archive.asked.clear()
    archive.again().bring(5, 60)
    assert archive.asked == []


@pytest.mark.parametrize("spoiled", [b"", b"x" * 16, b"\x00" * 15, bytes(range(8, 25))])
def test_a_block_that_is_not_the_one_published_is_not_kept(tmp_path: Path, spoiled: bytes) -> None:
    archive = _Archive(tmp_path)
    blocks = Blocks(archive.path, 8, archive.hashes, lambda _start, _length: spoiled)
    with pytest.raises(ArtifactError):
        blocks.bring(8, 24)
    assert blocks.lacks(8, 9)
    assert not any(archive.path.read_bytes())
    with pytest.raises(ArtifactError):
        blocks.bring(70, 78)


def test_a_large_object_comes_in_parts_and_as_the_one_meant(
    objects: Objects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.objects._PART_BYTES", 1000)
    content = bytes(range(256)) * 41
    objects.write("large", content)
    meant = hashlib.sha256(content).hexdigest()
    objects.copy("large", tmp_path / "large", size=len(content), sha256=meant)
    assert (tmp_path / "large").read_bytes() == content
    for size, digest in ((len(content) - 1, meant), (len(content) + 1, meant), (len(content), "0")):
        with pytest.raises(ArtifactError):
            objects.copy("large", tmp_path / "other", size=size, sha256=digest)
    assert [path.name for path in tmp_path.iterdir()] == ["large"]
