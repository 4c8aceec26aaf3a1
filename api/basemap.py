"""A basemap from elsewhere, for deployments that want one; without it the page asks nobody else."""

from html import escape
from urllib.parse import urlsplit

from api.http import CONTENT_SECURITY_POLICY
from api.settings import Settings


def with_basemap(page: bytes, settings: Settings) -> bytes:
    """Return the page's HTML with the address of the basemap's tiles in it, where there is one."""
    if settings.basemap is None:
        return page
    names = {"basemap": settings.basemap, "basemap-attribution": settings.basemap_attribution}
    tags = "".join(
        f'<meta name="{name}" content="{escape(value)}">' for name, value in names.items()
    )
    return page.replace(b"</head>", tags.encode() + b"</head>", 1)


def page_policy(settings: Settings) -> str:
    """Return the page's content security policy, opened to the basemap's host alone."""
    if settings.basemap is None:
        return CONTENT_SECURITY_POLICY
    parts = urlsplit(settings.basemap)
    origin = f"{parts.scheme}://{parts.netloc}"
    policy = CONTENT_SECURITY_POLICY
    for directive in ("img-src 'self'", "connect-src 'self'"):
        policy = policy.replace(directive, f"{directive} {origin}")
    return policy
