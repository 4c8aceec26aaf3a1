"""The demo folder's description of itself: its ``cuidados.toml`` and metadata."""

from data.demo.plan import STATE

_SOURCES = (
    ("denue", "denue_{e}_csv.zip", "DENUE, mayo de 2021"),
    ("census_areas", "ageb_mza_urbana_{e}_cpv2020_csv.zip", "Censo de Población y Vivienda 2020"),
    ("census_localities", "iter_{e}_cpv2020_csv.zip", "Censo de Población y Vivienda 2020"),
    ("states", "{e}_jacaranda.zip", "Marco Geoestadístico 2020"),
    ("municipalities", "{e}_jacaranda.zip", "Marco Geoestadístico 2020"),
    ("localities", "{e}_jacaranda.zip", "Marco Geoestadístico 2020"),
    ("agebs", "{e}_jacaranda.zip", "Marco Geoestadístico 2020"),
    ("blocks", "{e}_jacaranda.zip", "Marco Geoestadístico 2020"),
    ("environment", "eu_{e}_cpv2020_csv.zip", "Características del Entorno Urbano 2020"),
    ("streets", "{e}_jacaranda.zip", "Marco Geoestadístico 2020"),
)
_NOTE_ES = (
    "Ciudad inventada para demostración: ninguna persona, calle ni centro existe. Imita los"
    " formatos y las fallas de los archivos del INEGI."
)
_NOTE_EN = (
    "An invented city for demonstration: no person, street or centre exists. It imitates the"
    " layouts and the faults of INEGI's files."
)


def catalogue_toml(places: tuple[str, ...]) -> str:
    """Return the folder's ``cuidados.toml``.

    Parameters
    ----------
    places
        Codes of the municipalities the folder is about.
    """
    codes = ", ".join(f'"{place}"' for place in places)
    lines = [
        'title.es = "Ciudad Jacaranda (ciudad de demostración, ficticia)"',
        'title.en = "Ciudad Jacaranda (demonstration city, fictional)"',
        f"places = [{codes}]",
        "",
    ]
    for role, path, edition in _SOURCES:
        lines += [
            f"[sources.{role}]",
            f'path = "{path.format(e=STATE)}"',
            f'edition = "{edition} (formato; datos sintéticos)"',
            'publisher = "Mapa de Cuidados (datos sintéticos)"',
            'licence = "CC0-1.0"',
            f'notes = [{{ es = "{_NOTE_ES}", en = "{_NOTE_EN}" }}]',
            "",
        ]
    return "\n".join(lines)


def metadata_text(source: str) -> bytes:
    """Return the metadata file that goes with a source, in latin-1."""
    text = f"Title: {source}\r\n\r\nDescription: {_NOTE_ES}\r\n\r\nPublisher: Mapa de Cuidados\r\n"
    return text.encode("latin-1")
