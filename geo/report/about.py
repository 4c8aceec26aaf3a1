"""How the figures of a report were made, what they cannot say, and from what sources they are."""

from collections.abc import Mapping
from typing import Any

from data.texts import Text
from geo.artifacts import SourceRecord
from geo.indicators import topic_indicators
from geo.report.model import Cell, Head, Section, Table
from geo.report.place import Place
from geo.units import unit_in

_EACH = {"": Text("cada servicio", "each service")}
_EXPLAINED = (
    "demand_", "centres_", "places_", "places_deficit_", "nearest_min_", "within_15min_share_",
    "e2sfca_", "desert_distance_", "desert_distance_share_",
)  # fmt: skip
_PARAMETERS: tuple[tuple[str, str, str, str], ...] = (
    ("walking.speed_m_per_min", "Paso al caminar", "Walking pace", "m/min"),
    ("walking.thresholds_min", "Umbrales de minutos", "Thresholds of minutes", "min"),
    ("walking.limit_min", "Caminata más larga que se busca", "Longest walk searched", "min"),
    ("catchment.limits_min", "Franjas de la competencia por lugares",
     "Bands of the competition for places", "min"),
    ("catchment.weights", "Pesos de esas franjas", "Weights of those bands", ""),
    ("deserts.distance_min", "Desierto por distancia: centro más lejos que",
     "Desert by distance: centre farther than", "min"),
    ("deserts.children_per_place", "Desierto por lugares: personas por lugar, más de",
     "Desert by places: people for each place, more than", ""),
    ("demand.year", "Año de la demanda", "Year of demand", ""),
)  # fmt: skip
_LIMITS = (
    Text("La demanda es potencial: personas de la edad o condición que un servicio atiende, lo "
         "busquen o no. No es una lista de espera.",
         "Demand is potential: people of the age or condition a service is for, whether they seek "
         "it or not. It is no waiting list."),
    Text("Los lugares se estiman del personal ocupado que declara el directorio; por eso llevan un "
         "rango. No son cupos autorizados ni lugares libres.",
         "Places are estimated from the staff band the directory states, hence their range. They "
         "are neither licensed capacity nor free places."),
    Text("Los centros son los del DENUE: lo que no está registrado, como el cuidado en casa o el "
         "comunitario informal, no aparece.",
         "Centres are those of DENUE: what is not registered, such as care at home or informal "
         "community care, is not there."),
    Text("«Sin dato» no es cero: la fuente no lo publica, lo reserva por confidencialidad o no "
         "alcanza para calcularlo.",
         "“No data” is not zero: the source does not publish it, withholds it, or does not suffice "
         "to compute it."),
    Text("La caminata va por calles a paso constante, sin esperas, tráfico ni horarios; la calidad "
         "del servicio y su costo no se miden.",
         "Walks follow streets at a constant pace, without waits, traffic or opening hours; "
         "quality and cost are not measured."),
    Text("Que dos cosas coincidan en un mapa no dice que una cause la otra.",
         "That two things coincide on a map does not say that one causes the other."),
)  # fmt: skip


def methods(place: Place) -> Section:
    """Return what each indicator means and the parameters they were computed with."""
    say, language = place.say, place.language
    explained = [
        item for item in topic_indicators("service", _EACH) if item.column.name in _EXPLAINED
    ]
    held = {name.removesuffix(service) for service in place.services for name in place.rows.columns}
    heads = (
        Head(name="indicator", title=say("Indicador", "Indicator")),
        Head(name="description", title=say("Qué dice", "What it says")),
        Head(name="unit", title=say("Unidad", "Unit")),
        Head(name="method", title=say("Sección de métodos", "Section of methods")),
    )
    rows = tuple(
        (Cell(item.title.in_language(language).partition(": ")[0]),
         Cell(item.column.description.in_language(language)),
         Cell(unit_in(item.column.unit, item.kind, language) or "–"),
         Cell(f"/metodos#{item.method}"))
        for item in explained if item.column.name in held
    )  # fmt: skip
    parameters = [
        (Cell(say(es, en)), Cell(f"{_parameter(place.shelf.manifest.method, name)} {unit}".strip()))
        for name, es, en, unit in _PARAMETERS
        if _parameter(place.shelf.manifest.method, name) != ""
    ]
    return Section(
        id="metodos",
        title=say("Métodos", "Methods"),
        paragraphs=(
            say("Cada indicador se calcula igual en todo el país; el documento de métodos da la "
                "fórmula, la fuente y lo que no puede decir.",
                "Every indicator is computed alike in the whole country; the methods document "
                "gives formula, source and what it cannot say."),
        ),
        tables=(
            Table(id="indicadores", heads=heads, rows=rows,
                  title=say("Qué dice cada indicador", "What each indicator says")),
            Table(id="parametros", title=say("Parámetros", "Parameters"),
                  heads=(Head(name="parameter", title=say("Parámetro", "Parameter")),
                         Head(name="value", title=say("Valor", "Value"))),
                  rows=tuple(parameters)),
        ),
    )  # fmt: skip


def _parameter(method: Mapping[str, Any], path: str) -> str:
    found: Any = method
    for name in path.split("."):
        found = found.get(name, "") if isinstance(found, Mapping) else ""
    values = found if isinstance(found, list | tuple) else [found]
    return ", ".join(f"{item:g}" if isinstance(item, float) else str(item) for item in values)


def limits(place: Place) -> Section:
    """Return what the figures cannot say, the notes of the sources and what was not computed."""
    manifest, language = place.shelf.manifest, place.language
    notes = [note.text.in_language(language) for note in manifest.notes]
    notes += [note.text.in_language(language) for source in manifest.sources
              for note in source.notes]  # fmt: skip
    missing = [
        f"{item.what}: {item.reason.text.in_language(language)}" for item in manifest.not_computed
    ]
    prefix = place.say("No calculado: ", "Not computed: ")
    bullets = [text.in_language(language) for text in _LIMITS]
    bullets += [*dict.fromkeys(notes), *(prefix + text for text in missing)]
    return Section(
        id="limites",
        title=place.say("Límites de estas cifras", "Limits of these figures"),
        bullets=tuple(bullets),
    )


def sources(place: Place) -> Section:
    """Return every source with its edition, publisher and licence, and what was left out of it."""
    say = place.say
    heads = (
        Head(name="source", title=say("Fuente", "Source")),
        Head(name="edition", title=say("Edición", "Edition")),
        Head(name="publisher", title=say("Publica", "Publisher")),
        Head(name="licence", title=say("Licencia", "Licence")),
        Head(name="dropped", title=say("Filas dejadas fuera o corregidas",
                                       "Rows left out or mended"), kind="count"),
    )  # fmt: skip
    return Section(
        id="fuentes",
        title=say("Fuentes", "Sources"),
        tables=(
            Table(
                id="fuentes",
                title=say("Fuentes, ediciones y licencias", "Sources, editions and licences"),
                heads=heads,
                rows=tuple(_source(place, source) for source in place.shelf.manifest.sources),
            ),
        ),
    )


def _source(place: Place, source: SourceRecord) -> tuple[Cell, ...]:
    left_out = sum(float(reason["rows"]) for reason in source.dropped.values())
    return (
        Cell(source.title.text.in_language(place.language)),
        Cell(source.edition),
        Cell(source.publisher),
        Cell(source.licence),
        Cell(left_out),
    )
