"""Finding a centre: persons, reasons, words, order, on a handful of centres written here."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import ParameterError
from data.synonyms import synonyms
from geo.search import (
    Answer,
    CentreDirectory,
    Person,
    Wanted,
    Ways,
    age_words,
    describe_person,
    find_centres,
)
from geo.search.words import MOST_CHARACTERS, read_query

TODAY = date(2026, 11, 24)
# name, class, type, groups served, ages in days, scheme, entitlement, sector, minutes
ROWS = (
    ("GUARDERÍA DEL IMSS U-630", "624411", "guarderia", "i", 43, 1460, "imss", "con", "privada", 5),
    ("CADI LOS NIÑOS", "624412", "guarderia", "i", 43, 2191, "abierto", "sin", "publica", 9),
    ("MI CASITA", "624411", "guarderia", "i", 43, 2191, "desconocido", "desconocido", "privada", 7),
    ("JARDÍN DE NIÑOS FRIDA", "611112", "preescolar", "i", 1096, 2191, "abierto", "sin",
     "publica", 3),
    ("ASILO SAN JOSÉ", "623311", "asilo", "m", 23742, np.nan, "cuota", "sin", "sociedad_civil", 2),
    ("ESTANCIA DE DIA LOS ABUELOS", "624122", "centro_dia", "md", np.nan, np.nan, "abierto", "sin",
     "publica", 4),
    ("CAM 12", "611182", "especial", "id", 45, 8035, "abierto", "sin", "publica", 6),
    ("CAMINO DE LUZ", "624411", "guarderia", "i", 43, 2191, "cuota", "sin", "privada", np.nan),
    ("CASA ESPERANZA", "623211", "residencia_discapacidad", "d", np.nan, np.nan, "desconocido",
     "desconocido", "privada", 8),
)  # fmt: skip
NAMES = [row[0] for row in ROWS]
WAYS = Ways(
    np.array([row[-1] for row in ROWS], dtype="float64"), np.arange(len(ROWS), 0, -1) * 100.0
)


@pytest.fixture(scope="module")
def directory() -> CentreDirectory:
    served = [row[3] for row in ROWS]
    frame = pd.DataFrame(
        {
            "name": NAMES,
            "scian": [row[1] for row in ROWS],
            "service_type": [row[2] for row in ROWS],
            "serves_infancia": ["i" in text for text in served],
            "serves_mayores": ["m" in text for text in served],
            "serves_discapacidad": ["d" in text for text in served],
            "age_min_days": [row[4] for row in ROWS],
            "age_max_days": [row[5] for row in ROWS],
            "scheme": [row[6] for row in ROWS],
            "entitlement": [row[7] for row in ROWS],
            "sector": [row[8] for row in ROWS],
        }
    )
    return CentreDirectory(frame)


def names(answer: Answer) -> list[str]:
    return [NAMES[found.row] for found in answer.found]


def person(**told: Any) -> Person:
    return describe_person(today=TODAY, **told)


def reasons(directory: CentreDirectory, who: Person, name: str) -> dict[str, str]:
    everything = find_centres(directory, who, WAYS, Wanted(include_unfit=True))
    (found,) = (item for item in everything.found if NAMES[item.row] == name)
    return {"verdict": found.verdict, **{r.code: r.text.es for r in found.reasons}}


def test_the_nearest_on_foot_come_first_and_the_unreached_last(directory: CentreDirectory) -> None:
    answer = find_centres(directory, person(), WAYS, Wanted(service="guarderia"))
    assert names(answer) == [
        "GUARDERÍA DEL IMSS U-630", "MI CASITA", "CADI LOS NIÑOS", "CAMINO DE LUZ",
    ]  # fmt: skip
    assert [found.minutes for found in answer.found] == [5, 7, 9, None]
    assert (answer.matching, answer.usable) == (4, 4)


def test_without_streets_order_is_by_straight_distance(directory: CentreDirectory) -> None:
    straight = Ways(None, WAYS.straight_m)
    answer = find_centres(directory, person(), straight, Wanted(service="guarderia"))
    assert names(answer)[0] == "CAMINO DE LUZ"
    assert all(found.minutes is None for found in answer.found)


def test_who_is_not_insured_is_told_what_is_asked(directory: CentreDirectory) -> None:
    child = person(birth_date=date(2024, 11, 1), entitlements=frozenset())
    answer = find_centres(directory, child, WAYS, Wanted(service="guarderia"))
    assert "GUARDERÍA DEL IMSS U-630" not in names(answer)
    assert (answer.matching, answer.usable) == (4, 3)
    why = reasons(directory, child, "GUARDERÍA DEL IMSS U-630")
    assert why["verdict"] == "no"
    assert why["derechohabiencia"] == "es para derechohabientes del IMSS"


def test_the_insured_may_and_the_unasked_must_confirm(directory: CentreDirectory) -> None:
    born = {"birth_date": date(2024, 11, 1)}
    insured = person(**born, entitlements=frozenset({"imss"}))
    assert reasons(directory, insured, "GUARDERÍA DEL IMSS U-630")["verdict"] == "si"
    assert reasons(directory, person(**born), "GUARDERÍA DEL IMSS U-630")["verdict"] == "pregunte"
    unknown = reasons(directory, insured, "MI CASITA")
    assert unknown["verdict"] == "pregunte"
    assert "pregunte en el centro" in unknown["derechohabiencia_desconocida"]


@pytest.mark.parametrize(
    ("born", "verdict"),
    [
        (date(2022, 11, 25), "si"),  # four tomorrow
        (date(2022, 11, 24), "no"),  # four today
        (date(2026, 10, 12), "si"),  # 43 days
        (date(2026, 10, 13), "no"),  # 42 days
    ],
)
def test_age_limits_to_the_day(directory: CentreDirectory, born: date, verdict: str) -> None:
    child = person(birth_date=born, entitlements=frozenset({"imss"}))
    why = reasons(directory, child, "GUARDERÍA DEL IMSS U-630")
    assert why["verdict"] == verdict
    if verdict == "no":
        assert set(why.values()) & {"edad máxima 3 años 11 meses", "edad mínima 43 días"}


def test_schools_count_age_on_the_last_day_of_the_year(directory: CentreDirectory) -> None:
    before, after = person(birth_date=date(2023, 12, 20)), person(birth_date=date(2024, 1, 2))
    assert reasons(directory, before, "JARDÍN DE NIÑOS FRIDA")["verdict"] == "si"
    assert reasons(directory, after, "JARDÍN DE NIÑOS FRIDA")["verdict"] == "no"


def test_an_age_in_years_may_depend_on_the_birthday(directory: CentreDirectory) -> None:
    three = person(age_years=3, entitlements=frozenset({"imss"}))
    assert reasons(directory, three, "GUARDERÍA DEL IMSS U-630")["verdict"] == "si"
    newborn = person(age_months=1, entitlements=frozenset({"imss"}))
    why = reasons(directory, newborn, "GUARDERÍA DEL IMSS U-630")
    assert why["verdict"] == "pregunte"
    assert "fecha de nacimiento" in why["edad_por_confirmar"]


def test_groups_follow_from_age_and_disability(directory: CentreDirectory) -> None:
    assert person(age_years=70).groups == {"mayores"}
    assert person(age_years=30).groups == frozenset()
    assert person().groups is None
    assert person(age_years=8, disability="visual").groups == {"infancia", "discapacidad"}
    older = names(find_centres(directory, person(age_years=70), WAYS, Wanted()))
    assert older == ["ASILO SAN JOSÉ", "ESTANCIA DE DIA LOS ABUELOS"]
    adult = find_centres(directory, person(age_years=30), WAYS, Wanted())
    assert (adult.found, adult.matching, adult.usable) == ((), len(ROWS), 0)


def test_special_schools_are_for_people_with_a_disability(directory: CentreDirectory) -> None:
    assert reasons(directory, person(age_years=8), "CAM 12")["verdict"] == "no"
    with_disability = reasons(directory, person(age_years=8, disability="visual"), "CAM 12")
    assert with_disability["verdict"] == "pregunte"
    assert "qué discapacidades" in with_disability["discapacidad_por_confirmar"]


def test_a_home_for_intellectual_disability_says_so(directory: CentreDirectory) -> None:
    other = reasons(directory, person(age_years=20, disability="visual"), "CASA ESPERANZA")
    assert "intelectual" in other["discapacidad_por_confirmar"]
    same = reasons(directory, person(age_years=20, disability="intelectual"), "CASA ESPERANZA")
    assert "discapacidad_por_confirmar" not in same


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kinder", ["JARDÍN DE NIÑOS FRIDA"]),
        ("jardin de ninos", ["JARDÍN DE NIÑOS FRIDA"]),
        ("asilo", ["ASILO SAN JOSÉ"]),
        ("casa de día", ["ESTANCIA DE DIA LOS ABUELOS"]),
        ("CAM", ["CAM 12"]),
        ("guarderia camino", ["CAMINO DE LUZ"]),
        ("guarderia del imss", ["GUARDERÍA DEL IMSS U-630"]),
        ("asilo jose", ["ASILO SAN JOSÉ"]),
        ("niños cadi", ["CADI LOS NIÑOS"]),
        ("fri", ["JARDÍN DE NIÑOS FRIDA"]),
        ("zzz", []),
    ],
)
def test_words_as_people_write_them(
    directory: CentreDirectory, text: str, expected: list[str]
) -> None:
    assert names(find_centres(directory, person(), WAYS, Wanted(text=text))) == expected


def test_a_word_with_a_meaning_also_finds_names(directory: CentreDirectory) -> None:
    found = names(find_centres(directory, person(), WAYS, Wanted(text="estancia")))
    assert "ESTANCIA DE DIA LOS ABUELOS" in found
    assert "CADI LOS NIÑOS" in found


def test_sector_and_limit(directory: CentreDirectory) -> None:
    answer = find_centres(directory, person(), WAYS, Wanted(sector="publica", limit=2))
    assert names(answer) == ["JARDÍN DE NIÑOS FRIDA", "ESTANCIA DE DIA LOS ABUELOS"]
    assert answer.usable == 4


def test_columns_an_older_atlas_lacks_are_unknown() -> None:
    old = CentreDirectory(pd.DataFrame({"name": ["A", "B"], "scian": ["624411", "624412"]}))
    ways = Ways(None, np.array([2.0, 1.0]))
    answer = find_centres(old, person(entitlements=frozenset()), ways, Wanted())
    assert [found.row for found in answer.found] == [1, 0]
    assert {found.verdict for found in answer.found} == {"pregunte"}


@pytest.mark.parametrize("text", ["", "   ", "¿?", "***", '"', "a" * (MOST_CHARACTERS + 1),
                                  "x " * 20])  # fmt: skip
def test_words_that_cannot_be_used_are_refused(text: str) -> None:
    with pytest.raises(ParameterError):
        read_query(text)


@pytest.mark.parametrize(
    "told",
    [
        {"birth_date": date(2026, 11, 25)},
        {"birth_date": date(1700, 1, 1)},
        {"birth_date": date(2024, 1, 1), "age_years": 2},
        {"age_years": -1},
        {"age_years": 200},
    ],
)
def test_impossible_ages_are_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        person(**told)


def test_an_unknown_service_is_refused_with_those_there_are(directory: CentreDirectory) -> None:
    with pytest.raises(ParameterError) as caught:
        find_centres(directory, person(), WAYS, Wanted(service="spa"))
    assert "guarderia" in caught.value.remedy.es


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80))
def test_no_text_is_syntax(text: str) -> None:
    index = CentreDirectory(pd.DataFrame({"name": ["GUARDERIA UNO", "DOS"], "scian": ["1", "2"]}))
    try:
        answer = find_centres(index, person(), Ways(None, np.zeros(2)), Wanted(text=text))
    except ParameterError:
        return
    assert answer.matching <= 2


@settings(max_examples=100, deadline=None)
@given(born=st.dates(), today=st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
def test_any_birth_date_is_an_age_or_refused(born: date, today: date) -> None:
    try:
        found = describe_person(today=today, birth_date=born)
    except ParameterError:
        assert born > today or (today - born).days > 130 * 365
        return
    assert found.age_days == ((today - born).days,) * 2


@pytest.mark.parametrize(
    ("days", "last", "words"),
    [
        (43, False, "43 días"),
        (1096, False, "3 años"),
        (183, False, "6 meses"),
        (23742, False, "65 años"),
        (1460, True, "3 años 11 meses"),
        (2191, True, "5 años 11 meses"),
        (8035, True, "21 años 11 meses"),
        (30, True, "0 meses"),
    ],
)
def test_ages_in_words(days: float, last: bool, words: str) -> None:
    assert age_words(days, last=last).es == words


def test_every_synonym_means_a_kind_of_centre() -> None:
    known = synonyms()
    assert known["KINDER",].values == ("preescolar", "mixta")
    assert known["CASA", "DE", "DIA"].values == ("centro_dia",)
