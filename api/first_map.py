"""The picture of the first map, put into the page where the atlas in service has one."""

from html import escape

from api.store import AtlasVersion
from geo.first_map import FIRST_MAP

FIRST_MAP_MEDIA = "image/svg+xml"
# The picture brings its colours along; it may do nothing else.
FIRST_MAP_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
FIRST_MAP_PATH = f"/{FIRST_MAP.replace('_', '-')}.svg"
_STAGE = b'<div id="map"></div>'


def first_map_of(atlas: AtlasVersion) -> bytes | None:
    """Return the picture of an atlas version, or None for one built without."""
    asset = atlas.manifest.asset(FIRST_MAP)
    return None if asset is None else (atlas.folder / asset.file.path).read_bytes()


def with_first_map(page: bytes, atlas: AtlasVersion) -> bytes:
    """Return the page's HTML with the picture over its map.

    It is hidden until the page's script has read the address: what stands behind ``#`` is not told
    to the service. The attributes say what it shows, for the script to lay it where the map will
    be.
    """
    asset = atlas.manifest.asset(FIRST_MAP)
    focus = atlas.manifest.focus
    if asset is None or focus is None:
        return page
    zooms = [layer.tiles.min_zoom for layer in atlas.manifest.layers if layer.tiles is not None]
    attributes = {
        "id": "first-map",
        "src": f"{FIRST_MAP_PATH}?v={atlas.name}",
        "alt": "",
        "aria-hidden": "true",
        "fetchpriority": "high",
        "elementtiming": "first-map",
        "data-bounds": ",".join(map(str, focus)),
        "data-extent": ",".join(map(str, asset.properties["extent"])),
        "data-min-zoom": str(min(zooms)),
    }
    written = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return page.replace(_STAGE, _STAGE + f"<img {written} hidden>".encode(), 1)
