"""A basemap from elsewhere, for deployments that want one; without it the page asks nobody else."""

from html import escape

from api.http import CONTENT_SECURITY_POLICY
from api.settings import Settings, origin_of


def with_basemap(page: bytes, settings: Settings) -> bytes:
    """Return the page's HTML with the address of the basemap in it, where there is one."""
    names: dict[str, str] = {}
    if settings.basemap is not None:
        names["basemap"] = settings.basemap
    elif settings.basemap_style is not None:
        names["basemap-style"] = settings.basemap_style
        names["basemap-origins"] = " ".join(_origins(settings))
    else:
        return page
    names["basemap-attribution"] = settings.basemap_attribution
    tags = "".join(
        f'<meta name="{name}" content="{escape(value)}">' for name, value in names.items()
    )
    return page.replace(b"</head>", tags.encode() + b"</head>", 1)


def page_policy(settings: Settings) -> str:
    """Return the page's content security policy, opened to the basemap's origins alone."""
    policy = CONTENT_SECURITY_POLICY
    if origins := " ".join(_origins(settings)):
        for directive in ("img-src 'self'", "connect-src 'self'"):
            policy = policy.replace(directive, f"{directive} {origins}")
    return policy


def _origins(settings: Settings) -> tuple[str, ...]:
    address = settings.basemap or settings.basemap_style
    if address is None:
        return ()
    return tuple(dict.fromkeys((origin_of(address), *settings.basemap_origins.split())))
