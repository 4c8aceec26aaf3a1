"""What meets bytes from the network: every address of the interface, and the connection itself."""

import json
import logging
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import httpx
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.api.running import running
from tests.fuzz.targets import Target

# Answered with 200 by a service over the demo city: a method and an address, and a body after it.
_AT = "lon=-101.6315&lat=21.7018"
_CRS = "http%3A%2F%2Fwww.opengis.net%2Fdef%2Fcrs%2FEPSG%2F0%2F6372"
_PLACE = '{"type": "Point", "coordinates": [-101.6315, 21.7018]}'
_OPEN = '{"change": "abrir", "services": ["guarderia"], "places": 60}'
SOUND = (
    "GET /collections?f=json",
    "GET /collections/municipios/items?limit=3&sortby=-population",
    "GET /collections/manzanas/items?bbox=-101.64,21.69,-101.62,21.71&properties=population",
    f"GET /collections/agebs/items?filter=population%20%3E%205&crs={_CRS}&offset=1",
    "GET /collections/centros/dictionary?f=csv",
    "GET /collections/agebs/download?f=csv&sortby=-population",
    "GET /collections/agebs/tiles/WebMercatorQuad",
    f"GET /centros?{_AT}&age_months=20&entitlements=imss,issste&limit=5&sector=publica",
    f"GET /centros?{_AT}&birth_date=2020-02-29&group=infancia&text=estancia&include=no_aptos",
    f"GET /isocrona?{_AT}&minutes=5,10.5&profile=general&towards=true",
    f"GET /isocrona/manzanas?{_AT}&minutes=5",
    "GET /lugares?texto=jacaranda&limit=5",
    "GET /estadisticas/municipio/99001",
    "GET /estadisticas/municipio?codes=99001,99002",
    "GET /estadisticas/municipio/clases/population?clases=4",
    "GET /estadisticas/ageb/valores/population",
    "GET /estadisticas/ageb/distribucion/population?bins=7",
    "GET /prioridad?pesos=necesidad:1,carencia:2&limit=3",
    "GET /participacion/ageb/puntos?within=99001",
    "GET /demanda/municipio/99001",
    "GET /equidad/municipio/99001",
    f"GET /rasters/rejilla_poblacion/point?{_AT}",
    "GET /atlas",
    "GET /diccionario",
    "GET /simulador",
    (
        f'POST /escenarios\n{{"type": "FeatureCollection", "features": [{{"type": "Feature", '
        f'"geometry": {_PLACE}, "properties": {_OPEN}}}]}}'
    ),
    'POST /sitios\n{"service": "guarderia", "sites": 1, "candidates": "escuelas"}',
    'POST /simulador\n{"plans": [{"service": "guarderia_0_2", "coverage": [0.1, 0.5]}]}',
)
RAW = (
    "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "HEAD /tiles/manzanas/14/3530/7231.mvt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n",
    "GET /tiles/agebs,centros/10/220/451.mvt?v=x HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n",
    "GET /tiles/agebs.pmtiles HTTP/1.1\r\nHost: a\r\nRange: bytes=0-126\r\n\r\n" * 2,
    (
        "POST /escenarios HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    ),
    "POST /sitios HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n{}",
    "GET / HTTP/1.0\r\n\r\n",
    (
        "GET /collections HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept: text/html;q=0.5\r\n"
        "Accept-Language: en\r\nX-Request-Id: mine\r\nTraceparent: 00-0-0-00\r\n\r\n"
    ),
)
SERVED = ("address", "connection")
_FINE_ABOVE_500 = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.NOT_IMPLEMENTED})
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_QUIET_S = 0.02
_PATIENCE_S = 30.0


class _Faults(logging.Handler):
    """Keeps the errors that are logged: whatever a client sends is none of ours."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.found.append(record.getMessage())


@contextmanager
def service_targets(atlas: Path) -> Iterator[Mapping[str, Target]]:
    """Serve an atlas and yield what takes an address and a body, and what takes raw bytes."""
    faults = _Faults()
    loggers = [logging.getLogger(name) for name in ("", "uvicorn.error", "api")]
    for logger in loggers:
        logger.addHandler(faults)
    app = create_app(Settings(atlas=atlas))
    try:
        with (
            TestClient(app) as client,
            running(create_app(Settings(atlas=atlas))) as address,
            httpx.Client(base_url=address, trust_env=False, timeout=_PATIENCE_S) as other,
        ):
            port = httpx.URL(address).port
            yield {
                "address": Target(
                    lambda text: _ask(client, text, faults),
                    examples=tuple(line.encode() for line in SOUND),
                ),
                "connection": Target(
                    lambda text: _connect(port or 0, text, other, faults),
                    examples=tuple(line.encode() for line in RAW),
                ),
            }
    finally:
        for logger in loggers:
            logger.removeHandler(faults)


def _ask(client: TestClient, text: str, faults: _Faults) -> None:
    line, _, body = text.partition("\n")
    method, _, address = line.partition(" ")
    if method not in {"GET", "POST", "HEAD"} or not address.startswith("/"):
        return
    about = {"content-type": "application/json"} if body else {}
    try:
        request = client.build_request(
            method, address, content=body.encode("utf-8", "replace"), headers=about
        )
    except Exception:  # noqa: BLE001 -- whatever it is: no client can write such an address
        return
    answer = client.send(request)
    assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR or (
        answer.status_code in _FINE_ABOVE_500
    ), answer.status_code
    assert not faults.found, faults.found.pop()
    if answer.is_client_error:
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert {"title", "status", "type"} <= json.loads(answer.content).keys()
        raise HTTPException(answer.status_code)


def _connect(port: int, text: str, other: httpx.Client, faults: _Faults) -> None:
    """Send bytes as they are, read what comes, and see that others are answered all the same."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), _PATIENCE_S) as connection:
        try:
            connection.sendall(text.encode("utf-8", "surrogateescape"))
            connection.settimeout(_QUIET_S)
            while got := connection.recv(1 << 16):
                said += got
        except (TimeoutError, ConnectionError):
            pass  # it waits for the rest of the request, or has hung up
    assert not said or _STATUS.match(said), said[:80]
    for status in _STATUS.findall(said):
        assert int(status) < HTTPStatus.INTERNAL_SERVER_ERROR or int(status) in _FINE_ABOVE_500
    assert b"Traceback" not in said
    assert not faults.found, faults.found.pop()
    assert other.get("/healthz").is_success
