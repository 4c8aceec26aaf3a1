"""What endpoints ask of the application."""

from typing import Annotated

from fastapi import Depends, Request

from api.store import AtlasStore, AtlasVersion


def atlas_in_service(request: Request) -> AtlasVersion:
    """Return the atlas version in service at this moment."""
    store: AtlasStore = request.app.state.store
    return store.current()


Atlas = Annotated[AtlasVersion, Depends(atlas_in_service)]
