"""Units of published columns in the reader's language; the registry writes them in Spanish."""

from collections.abc import Mapping

from data.texts import Language

ENGLISH: Mapping[str, str] = {
    "personas": "people",
    "centros": "centres",
    "lugar": "place",
    "lugares": "places",
    "celdas": "cells",
    "empleos": "jobs",
    "enlaces": "links",
    "permutaciones": "permutations",
    "proporción": "share",
    "razón": "ratio",
    "índice": "index",
    "índice de 0 a 1": "index from 0 to 1",
    "índice de −1 a 1": "index from −1 to 1",
    "año": "year",
    "días": "days",
    "años de escolaridad": "years of schooling",
    "millones de pesos": "million pesos",
    "personas/ha": "people/ha",
    "personas por centro": "people per centre",
    "personas por cada 100": "people per 100",
    "hombres por cada 100": "men per 100",
    "mujeres por cada 100": "women per 100",
    "niñas y niños por cada 100 mujeres": "children per 100 women",
    "hijas e hijos por mujer": "children per woman",
    "centros por 1,000 personas": "centres per 1,000 people",
    "lugares por persona": "places per person",
    "lugares por cada 100": "places per 100",
    "la del parámetro": "that of the parameter",
    "unidades de AIC": "units of AIC",
    "unidades de la prueba": "units of the test",
    "unidades de la variable": "units of the variable",
    "unidades del resultado": "units of the outcome",
}


def unit_in(unit: str, kind: str, language: Language) -> str:
    """Return a unit as people read it: shares in ``%``; symbols such as ``min`` stay."""
    if kind == "share":
        return "%"
    return ENGLISH.get(unit, unit) if language == "en" else unit
