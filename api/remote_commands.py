"""Atlases in a store of objects: published there, and followed by a service."""

import hashlib
import logging
import threading
from pathlib import Path

import click

from api.options import ATLAS, say
from data.errors import CareError
from data.objects import Objects
from data.texts import Text

_log = logging.getLogger(__name__)
FOLLOW_S = 15.0


@click.command()
@ATLAS
@click.option("--to", "address", required=True, help="Address, such as s3://bucket/atlas.")
def publish(*, atlas: Path, address: str) -> None:
    """Put the atlas in service into a store of objects, for services elsewhere.

    Region, credentials and endpoint are read from the environment (AWS_REGION,
    AWS_ACCESS_KEY_ID …).
    Services that follow the store take the version up within seconds; see docs/deployment.md.
    """
    from geo.remote import publish as run_publish

    name = run_publish(atlas, Objects(address))
    say(Text(f"Publicado {name} en {address}", f"Published {name} to {address}"))


def followed(address: str, cache: Path) -> Path:
    """Return a folder that holds the atlas of a store and goes on following it.

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
    threading.Thread(target=_follow, args=(objects, folder), daemon=True).start()
    return folder


def _follow(objects: Objects, folder: Path) -> None:
    from geo.remote import mirror

    waiting = threading.Event()
    while not waiting.wait(FOLLOW_S):
        try:
            mirror(objects, folder)
        except CareError as error:
            _log.warning("%s not taken up: %s", objects.address, error)
