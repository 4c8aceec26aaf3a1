"""Commands of who runs the service: serve an atlas, also from a store of objects; publish there."""

import hashlib
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from api.options import ATLAS, CACHE, HOST, PORT, say, spoken_language
from data.errors import CareError
from data.objects import Objects, is_address
from data.texts import Text

_log = logging.getLogger(__name__)
FOLLOW_S = 15.0


@click.command()
@click.option(
    "--atlas",
    default="atlas",
    show_default=True,
    help="Folder of the atlas, or the address it was published to, such as s3://bucket/atlas.",
)
@CACHE
@HOST
@PORT
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that share the port; each holds the atlas for itself.",
)
def serve(*, atlas: str, cache: Path, host: str, port: int, workers: int) -> None:
    """Serve the map, tiles and data of an atlas."""
    if not is_address(atlas):
        run_service(Path(atlas), host=host, port=port, workers=workers)
        return
    with following(atlas, cache) as folder:
        run_service(folder, host=host, port=port, workers=workers)


def run_service(atlas: Path, *, host: str, port: int, workers: int = 1) -> None:
    """Serve the atlas of a folder until told to stop."""
    from api.server import serve as run_server
    from api.settings import Settings

    say(
        Text(
            f"Mapa en http://{host}:{port}  (Ctrl-C para terminar)",
            f"Map on http://{host}:{port}  (Ctrl-C to stop)",
        )
    )
    run_server(Settings(atlas=atlas, host=host, port=port), workers=workers)


@click.command()
@ATLAS
@click.option("--to", "address", required=True, help="Address, such as s3://bucket/atlas.")
@click.option(
    "--repair",
    is_flag=True,
    help="Put every file again: mends a store whose objects were damaged.",
)
def publish(*, atlas: Path, address: str, repair: bool) -> None:
    """Put the atlas in service into a store of objects, for services elsewhere.

    An upload that was stopped goes on with the files that lack.

    Region, credentials and endpoint are read from the environment (AWS_REGION,
    AWS_ACCESS_KEY_ID …).
    Services that follow the store take the version up within seconds; see docs/deployment.md.
    """
    from geo.progress import Progress
    from geo.remote import publish as run_publish

    progress = Progress(steps=0, stream=sys.stderr, language=spoken_language())
    try:
        name = run_publish(atlas, Objects(address), progress, repair=repair)
    finally:
        progress.close()
    say(Text(f"Publicado {name} en {address}", f"Published {name} to {address}"))


@contextmanager
def following(address: str, cache: Path) -> Iterator[Path]:
    """Yield a folder that holds the atlas of a store, and follow the store meanwhile.

    Parameters
    ----------
    address
        Address of the store.
    cache
        Folder of the copies, one for each address.

    Raises
    ------
    CareError
        If the store gives no sound atlas and the folder holds none of before.
    """
    from geo.artifacts import current_version
    from geo.remote import mirror

    objects = Objects(address)
    folder = cache / "atlas" / hashlib.sha256(address.encode()).hexdigest()[:16]
    try:
        mirror(objects, folder)
    except CareError as error:
        if not (folder / "CURRENT").is_file():
            raise
        _log.warning("%s goes on serving: %s", current_version(folder).name, error)
    enough = threading.Event()
    thread = threading.Thread(target=_follow, args=(objects, folder, enough), daemon=True)
    thread.start()
    try:
        yield folder
    finally:
        enough.set()


def _follow(objects: Objects, folder: Path, enough: threading.Event) -> None:
    from geo.remote import mirror

    while not enough.wait(FOLLOW_S):
        try:
            mirror(objects, folder)
        except CareError as error:
            _log.warning("%s not taken up: %s", objects.address, error)
