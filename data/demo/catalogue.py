"""The demo folder's description of itself: its ``cuidados.toml`` and metadata."""

from data.demo.plan import STATE

_FRAME = ("{e}_jacaranda.zip", "2020", "Marco Geoestadístico", "Geostatistical framework")
_SOURCES = (
    ("denue", ("denue_{e}_csv.zip", "05/2021", "DENUE", "DENUE")),
    ("census_areas", ("ageb_mza_urbana_{e}_cpv2020_csv.zip", "2020",
                      "Censo por AGEB y manzana", "Census by AGEB and block")),
    ("census_localities", ("iter_{e}_cpv2020_csv.zip", "2020", "Censo por localidad",
                           "Census by locality")),
    ("states", _FRAME),
    ("municipalities", _FRAME),
    ("localities", _FRAME),
    ("agebs", _FRAME),
    ("blocks", _FRAME),
    ("environment", ("eu_{e}_cpv2020_csv.zip", "2020", "Características del Entorno Urbano",
                     "Urban environment")),
    ("streets", _FRAME),
    ("water_green", _FRAME),
    ("projections", ("proyecciones_{e}_csv.zip", "2015–2040", "Proyecciones de población",
                     "Population projections")),
    ("input_output", ("mip_ixi_br_{e}_d_2018.xlsx", "2018", "Matriz de insumo-producto",
                      "Input-output table")),
    ("industry_accounts", ("cuentas_sector_{e}_csv.zip", "2018",
                           "Empleo y remuneraciones por sector", "Jobs and pay by industry")),
    ("dem", ("dem_{e}.tif", "2020", "Modelo de elevación", "Elevation model")),
)  # fmt: skip
_MADE_UP = ("datos inventados, en el formato del INEGI", "invented data, in INEGI's layout")
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
        f'notes = [{{ es = "{_NOTE_ES}", en = "{_NOTE_EN}" }}]',
        "",
    ]
    for role, (path, edition, es, en) in _SOURCES:
        lines += [
            f"[sources.{role}]",
            f'title.es = "{es} ({_MADE_UP[0]})"',
            f'title.en = "{en} ({_MADE_UP[1]})"',
            f'path = "{path.format(e=STATE)}"',
            f'edition = "{edition}"',
            'publisher = "Mapa de Cuidados"',
            'licence = "CC0-1.0"',
            "",
        ]
    return "\n".join(lines)


def metadata_text(source: str) -> bytes:
    """Return the metadata file that goes with a source, in latin-1."""
    text = f"Title: {source}\r\n\r\nDescription: {_NOTE_ES}\r\n\r\nPublisher: Mapa de Cuidados\r\n"
    return text.encode("latin-1")
