"""What a report says first: a few sentences, every number of which ``/estadisticas`` gives too."""

from geo.map_legend import shown_number
from geo.report.model import Cell, shown, shown_range
from geo.report.place import NAMES, Place

_PEOPLE = (
    ("children_0_11", "niñas y niños de 0 a 11 años", "children aged 0–11"),
    ("older_65_plus", "personas de 65 años y más", "people aged 65 and over"),
    ("disability", "personas con discapacidad", "people with disability"),
)


def summary(place: Place) -> tuple[str, ...]:
    """Return the paragraphs of the summary: the people, then each service."""
    paragraphs = [_people(place)]
    paragraphs += [service_words(place, name, title) for name, title in place.services.items()]
    if not place.services:
        paragraphs.append(
            place.say(
                "Este atlas no mide ningún servicio en este lugar.",
                "This atlas measures no service in this place.",
            )
        )
    return tuple(paragraphs)


def _people(place: Place) -> str:
    population = place.cell("population")
    kind = NAMES[place.level][0].in_language(place.language)
    if population.value is None:
        said = place.say(
            f"No hay dato de la población de {place.name} ({kind}).",
            f"There is no figure for the population of {place.name} ({kind}).",
        )
    else:
        count = _count(place, population)
        said = place.say(
            f"En {place.name} ({kind}) viven {count} personas.",
            f"{count} people live in {place.name} ({kind}).",
        )
    known = [
        f"{_count(place, place.cell(name))} {place.say(es, en)}"
        for name, es, en in _PEOPLE
        if place.cell(name).value is not None
    ]
    if known:
        listed = _listed(known, place.say("y", "and"))
        said += place.say(
            f" Entre ellas hay {listed}; una persona puede contar en más de un grupo.",
            f" Among them are {listed}; a person may count in more than one group.",
        )
    missing = [place.say(es, en) for name, es, en in _PEOPLE if place.cell(name).value is None]
    if missing:
        listed = _listed(missing, place.say("y", "and"))
        said += place.say(f" Sin dato de {listed}.", f" No data on {listed}.")
    union = place.cell("target_union")
    if union.value is not None:
        count = _count(place, union)
        said += place.say(
            f" Contadas una sola vez, las personas que pueden necesitar cuidados son {count}.",
            f" Counted once, the people who may need care are {count}.",
        )
    return said


def service_words(place: Place, service: str, title: str) -> str:
    """Return what is known of a service in a place, in a few sentences."""
    parts = [
        _demand(place, place.cell(f"demand_{service}")),
        _supply(place, service),
        _shortfall(place, place.cell(f"places_deficit_{service}")),
        _walk(place, service),
        _desert(place, place.cell(f"desert_distance_share_{service}")),
    ]
    return f"{title}. " + " ".join(part for part in parts if part)


def _demand(place: Place, demand: Cell) -> str:
    if demand.value is None:
        return place.say("No hay dato de la demanda potencial.", "Potential demand has no data.")
    if demand.value == 0:
        return place.say(
            "No vive aquí nadie de la edad o condición que atiende.",
            "Nobody of the age or condition it is for lives here.",
        )
    count = _count(place, demand)
    return place.say(
        f"La demanda potencial es de {count} personas.", f"Potential demand is {count} people."
    )


def _supply(place: Place, service: str) -> str:
    centres, places = place.cell(f"centres_{service}"), place.cell(f"places_{service}")
    if centres.value is None:
        return place.say("No hay dato de los centros.", "There is no data on centres.")
    if centres.value == 0:
        return place.say(
            "El directorio no tiene aquí ningún centro que la atienda.",
            "The directory has no centre for it here.",
        )
    one = centres.value == 1
    count = shown(centres, "count", place.language)
    said = place.say(
        f"El directorio tiene {count} {'centro' if one else 'centros'}",
        f"The directory has {count} {'centre' if one else 'centres'}",
    )
    if places.value is None:
        return said + place.say("; no hay estimación de sus lugares.",
                                "; there is no estimate of their places.")  # fmt: skip
    count = _count(place, places)
    return said + place.say(
        f", con unos {count} lugares estimados.", f", with some {count} estimated places."
    )


def _shortfall(place: Place, deficit: Cell) -> str:
    if not isinstance(deficit.value, float | int) or deficit.value == 0:
        return ""
    count = _count(place, deficit)
    return place.say(
        f"Si toda esa demanda pidiera lugar, faltarían {count}.",
        f"If all that demand asked for a place, {count} would be short.",
    )


def _walk(place: Place, service: str) -> str:
    share, nearest = (
        place.cell(f"{name}_{service}") for name in ("within_15min_share", "nearest_min")
    )
    if share.value is None:
        return ""
    count = shown(share, "share", place.language)
    said = place.say(
        f"{count} de la demanda potencial tiene un centro a no más de 15 minutos a pie",
        f"{count} of potential demand has a centre within 15 minutes on foot",
    )
    if nearest.value is None:
        return said + "."
    count = shown(nearest, "time", place.language)
    return said + place.say(
        f"; entre quienes alcanzan alguno, el más cercano queda en promedio a {count} minutos.",
        f"; among those who reach one, the nearest is on average {count} minutes away.",
    )


def _desert(place: Place, share: Cell) -> str:
    if not isinstance(share.value, float | int) or share.value == 0:
        return ""
    count = shown(share, "share", place.language)
    return place.say(
        f"{count} vive en un desierto de cuidados por distancia.",
        f"{count} lives in a care desert by distance.",
    )


def _count(place: Place, cell: Cell) -> str:
    text = shown(cell, "count", place.language, ranged=False)
    if cell.low is None or cell.high is None or not cell.has_range:
        return text
    if shown_number(cell.low, "count") == shown_number(cell.high, "count"):
        return text
    ends = shown_range(cell.low, cell.high, "count", place.language)
    return place.say(f"{text} (de {ends})", f"{text} ({ends})")


def _listed(parts: list[str], last: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"
