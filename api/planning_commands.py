"""Commands of who plans: what a scenario changes, where the next centres should go."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from api.options import ATLAS, FILE, out_file, say
from data.errors import LimitError, MissingInputError, ParameterError, Where
from data.texts import Text

if TYPE_CHECKING:
    from geo.scenarios import Planning, ScenarioOutcome

_MOST_BYTES = 2 << 20
OUT = out_file("JSON file to write.")


@click.command()
@click.argument("file", type=FILE)
@ATLAS
@OUT
def scenario(*, file: Path, atlas: Path, out: Path | None) -> None:
    """Say what changes if the changes of a file came true.

    FILE is GeoJSON: a FeatureCollection whose features open, close, move or change centres.
    docs/planning.md describes it.
    """
    from geo.scenarios import evaluate, read_scenario

    outcome = evaluate(_planning(atlas), read_scenario(read_json(file)))
    for line in _told(outcome):
        say(line)
    _write(outcome, out)


@click.command()
@click.argument("service")
@ATLAS
@click.option("--sites", type=click.IntRange(1, 100), help="How many sites.")
@click.option(
    "--goal",
    type=click.Choice(["personas", "caminatas", "todas"]),
    default="personas",
    show_default=True,
    help="Most people served, least walking, or fewest sites that serve all.",
)
@click.option("--minutes", default=15.0, show_default=True, help="Longest walk that is served.")
@click.option("--place", help="Only a municipality, locality or AGEB.")
@click.option(
    "--candidates",
    default="manzanas",
    show_default=True,
    help="manzanas, escuelas, or a GeoJSON file of points.",
)
@click.option("--budget", type=float, help="What may be spent; needs --cost, or the file's.")
@click.option("--cost", type=float, help="Cost of each site.")
@click.option("--places", type=float, help="Places of each site.")
@click.option("--equity", default=0.0, show_default=True, help="0–10: the farthest first.")
@click.option("--profile", default="general", show_default=True, help="Who walks.")
@click.option(
    "--scenario",
    type=FILE,
    help="Scenario file taken to have come true: the sites after it.",
)
@click.option("--prove", "proof_s", default=0.0, help="Seconds to look for the best choice.")
@out_file("Scenario file to write.")
def site(
    *,
    service: str,
    atlas: Path,
    candidates: str,
    scenario: Path | None,
    out: Path | None,
    **asked: Any,
) -> None:
    """Say where the next centres of a SERVICE should go, and write them as a scenario."""
    from geo.scenarios.sites import choose_sites
    from geo.scenarios.siting_request import read_request

    listed = candidates in ("manzanas", "escuelas")
    points = candidates if listed else read_points(Path(candidates))
    given = {name: value for name, value in asked.items() if value is not None}
    if scenario is not None:
        given["scenario"] = read_json(scenario)
    found = choose_sites(
        _planning(atlas), read_request({"service": service, "candidates": points, **given})
    )
    proved = Text("demostrado", "proved") if found.proved else Text("sin demostrar", "not proved")
    say(Text(f"{len(found.sites)} sitios; {found.objective:,.0f} {found.unit}, a lo más"
             f" {found.bound:,.0f} ({proved.es})",
             f"{len(found.sites)} sites; {found.objective:,.0f} {found.unit}, at most"
             f" {found.bound:,.0f} ({proved.en})"))  # fmt: skip
    for number, chosen in enumerate(found.sites, start=1):
        at = f"{chosen.lat:.5f}, {chosen.lon:.5f}"
        say(Text(f"  {number}. {chosen.id} ({at}): +{chosen.gain:,.0f}",
                 f"  {number}. {chosen.id} ({at}): +{chosen.gain:,.0f}"))  # fmt: skip
    _write(found.scenario, out)


def read_points(path: Path) -> list[dict[str, Any]]:
    """Return the points of a GeoJSON file as candidates; raises what is wrong with it."""
    document = read_json(path)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise _no_points(path)
    return [_candidate(path, number, feature) for number, feature in enumerate(features, start=1)]


def _candidate(path: Path, number: int, feature: object) -> dict[str, Any]:
    shape = feature.get("geometry") if isinstance(feature, dict) else None
    at = shape.get("coordinates") if isinstance(shape, dict) else None
    own = feature.get("properties") or {} if isinstance(feature, dict) else None
    is_point = isinstance(shape, dict) and shape.get("type") == "Point"
    if not (is_point and isinstance(at, list) and len(at) >= 2 and isinstance(own, dict)):  # noqa: PLR2004 — lon, lat
        raise _no_points(path, number)
    about = {name: own[name] for name in ("cost", "places") if own.get(name) is not None}
    return {"id": str(own.get("id", number)), "lon": at[0], "lat": at[1], **about}


def _no_points(path: Path, row: int | None = None) -> ParameterError:
    return ParameterError(
        Text("Los candidatos no son puntos", "The candidates are not points"),
        where=Where(file=path, row=row),
        remedy=Text("Dé un FeatureCollection de puntos", "Give a FeatureCollection of points"),
    )


def _planning(atlas: Path) -> "Planning":
    from geo.artifacts import current_version, read_manifest
    from geo.scenarios import open_planning

    folder = current_version(atlas)
    return open_planning(folder, read_manifest(folder))


def read_json(path: Path) -> Any:
    """Return the JSON of a file, bounded in size; raises what is wrong with it."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise LimitError(
                Text("El archivo es demasiado grande", "The file is too large"),
                where=Where(file=path),
                remedy=Text(f"Hasta {_MOST_BYTES:,} bytes", f"Up to {_MOST_BYTES:,} bytes"),
            )
        return orjson.loads(path.read_bytes())
    except OSError as error:
        raise MissingInputError(
            Text("No se puede leer el archivo", "The file cannot be read"),
            where=Where(file=path),
            remedy=Text("Revise la ruta", "Check the path"),
        ) from error
    except orjson.JSONDecodeError as error:
        raise ParameterError(
            Text("El archivo no es JSON", "The file is not JSON"),
            where=Where(file=path, row=error.lineno),
            remedy=Text("Corríjalo o expórtelo de nuevo", "Mend it or export it again"),
        ) from error


def _write(record: object, out: Path | None) -> None:
    if out is None:
        return
    option = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY
    out.write_bytes(orjson.dumps(record, option=option))
    say(Text(f"Resultado escrito en {out}", f"Result written to {out}"))


_RULES = {"distance": Text("distancia", "distance"), "places": Text("lugares", "places")}


def _told(outcome: "ScenarioOutcome") -> Iterator[Text]:
    """Yield an outcome in words, potential demand being called what it is."""
    from data.classification import default_codebooks

    services = default_codebooks().services
    yield Text(
        f"{outcome.changes} cambios; cambian {outcome.cells:,} celdas (demanda potencial)",
        f"{outcome.changes} changes; {outcome.cells:,} cells change (potential demand)",
    )
    for item in outcome.services:
        title = services[item.service].title
        yield Text(f"{title.es}:", f"{title.en}:")
        for near in item.within:
            moved = f"{near.before:,.0f} → {near.after:,.0f}"
            balance = f"(+{near.gained:,.0f} −{near.lost:,.0f})"
            yield Text(
                f"  a {near.minutes:g} min: {moved} personas {balance}",
                f"  within {near.minutes:g} min: {moved} people {balance}",
            )
        for desert in item.deserts:
            rule = _RULES[desert.rule]
            moved = f"{desert.people_before:,.0f} → {desert.people_after:,.0f}"
            fewer, more = len(desert.removed), len(desert.created)
            yield Text(
                f"  en desiertos por {rule.es}: {moved} personas;"
                f" AGEB que dejan de serlo: {fewer}, que lo son ahora: {more}",
                f"  in deserts by {rule.en}: {moved} people; AGEB no longer so: {fewer},"
                f" now so: {more}",
            )
