"""What the demand tables hold: each variable, its census code, and how variables bound each other.

The census publishes more counts than are shown. The others (``SUPPORTING``) are read as well
because they close sums: a hidden count is often pinned down by the counts around it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from data.tables import Column
from data.texts import Text

STATUSES = ("publicado", "estimado", "desconocido")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One published count of people.

    Parameters
    ----------
    name
        Column name in the demand tables.
    label
        Whom it counts, in both languages, to stand inside a sentence.
    codes
        Census variables it is the sum of; one for most.
    of_ages
        Whether it counts people by age alone (these are estimated together).
    """

    name: str
    label: Text
    codes: tuple[str, ...]
    of_ages: bool = False

    def columns(self) -> tuple[Column, ...]:
        """Return the four columns of the variable: value, bounds and status."""
        es, en = self.label
        source = " + ".join(self.codes)
        return (
            Column(
                name=self.name, dtype="float64", unit="personas", minimum=0.0,
                description=Text(f"{es[0].upper()}{es[1:]} (Censo 2020: {source})",
                                 f"{en[0].upper()}{en[1:]} (2020 census: {source})"),
            ),
            Column(
                name=f"{self.name}_low", dtype="float64", unit="personas", minimum=0.0,
                description=Text(f"Cota inferior: {es}", f"Lower bound: {en}"),
            ),
            Column(
                name=f"{self.name}_high", dtype="float64", unit="personas", minimum=0.0,
                description=Text(f"Cota superior: {es}", f"Upper bound: {en}"),
            ),
            Column(
                name=f"{self.name}_status", dtype="str", required=True, values=STATUSES,
                description=Text(
                    f"Si el dato lo publica el censo, se estimó o no se conoce: {es}",
                    f"Whether the census publishes it, it was estimated or is unknown: {en}",
                ),
            ),
        )  # fmt: skip


def _counts(name: str, code: str, es: str, en: str) -> Variable:
    return Variable(name=name, label=Text(es, en), codes=(code,))


def _ages(name: str, codes: tuple[str, ...], es: str, en: str) -> Variable:
    return Variable(name=name, label=Text(es, en), codes=codes, of_ages=True)


VARIABLES: tuple[Variable, ...] = (
    _counts("population", "POBTOT", "población total", "total population"),
    _ages("children_0_2", ("P_0A2",), "niñas y niños de 0 a 2 años", "children aged 0–2"),
    _ages("children_3_5", ("P_3A5",), "niñas y niños de 3 a 5 años", "children aged 3–5"),
    _ages("children_6_11", ("P_6A11",), "niñas y niños de 6 a 11 años", "children aged 6–11"),
    _ages("children_0_5", ("P_0A2", "P_3A5"),
          "niñas y niños de 0 a 5 años", "children aged 0–5"),
    _ages("children_0_11", ("P_0A2", "P_3A5", "P_6A11"),
          "niñas y niños de 0 a 11 años", "children aged 0–11"),
    _ages("older_60_plus", ("P_60YMAS",), "personas de 60 años y más", "people aged 60 and over"),
    _ages("older_65_plus", ("POB65_MAS",), "personas de 65 años y más", "people aged 65 and over"),
    _counts("disability", "PCON_DISC", "personas con discapacidad", "people with disability"),
    _counts("disability_walking", "PCDISC_MOT",
            "personas con discapacidad para caminar, subir o bajar",
            "people with disability in walking, climbing up or down"),
    _counts("disability_seeing", "PCDISC_VIS", "personas con discapacidad para ver, aun con lentes",
            "people with disability in seeing, even with glasses"),
    _counts("disability_speaking", "PCDISC_LENG",
            "personas con discapacidad para hablar o comunicarse",
            "people with disability in speaking or communicating"),
    _counts("disability_hearing", "PCDISC_AUD",
            "personas con discapacidad para oír, aun con aparato auditivo",
            "people with disability in hearing, even with a hearing aid"),
    _counts("disability_self_care", "PCDISC_MOT2",
            "personas con discapacidad para vestirse, bañarse o comer",
            "people with disability in dressing, bathing or eating"),
    _counts("disability_memory", "PCDISC_MEN",
            "personas con discapacidad para recordar o concentrarse",
            "people with disability in remembering or concentrating"),
    _counts("women_12_plus", "P_12YMAS_F", "mujeres de 12 años y más", "women aged 12 and over"),
    _counts("women_active", "PEA_F", "mujeres de 12 años y más económicamente activas",
            "economically active women aged 12 and over"),
    _counts("men_12_plus", "P_12YMAS_M", "hombres de 12 años y más", "men aged 12 and over"),
    _counts("men_active", "PEA_M", "hombres de 12 años y más económicamente activos",
            "economically active men aged 12 and over"),
    _counts("insured_imss", "PDER_IMSS", "personas afiliadas al IMSS",
            "people affiliated to IMSS"),
    _counts("insured_issste", "PDER_ISTE", "personas afiliadas al ISSSTE",
            "people affiliated to ISSSTE"),
    _counts("insured_issste_state", "PDER_ISTEE", "personas afiliadas al ISSSTE estatal",
            "people affiliated to a state's ISSSTE"),
    _counts("insured_pemex_defensa_marina", "PAFIL_PDOM",
            "personas afiliadas a Pemex, Defensa o Marina",
            "people affiliated to Pemex, Defence or Navy services"),
    _counts("insured_insabi", "PDER_SEGP",
            "personas afiliadas al INSABI o Seguro Popular", "people affiliated to INSABI"),
    _counts("insured_imss_bienestar", "PDER_IMSSB", "personas afiliadas al IMSS-Bienestar",
            "people affiliated to IMSS-Bienestar"),
    _counts("insured_private", "PAFIL_IPRIV", "personas afiliadas a una institución privada",
            "people affiliated to a private institution"),
    _counts("uninsured", "PSINDER", "personas sin afiliación a servicios de salud",
            "people without affiliation to health services"),
)  # fmt: skip

# Variables whose bounds go with the cells too: what services are for, and who is affiliated.
BOUNDED: tuple[str, ...] = (
    *(variable.name for variable in VARIABLES if variable.of_ages),
    "disability",
    *(v.name for v in VARIABLES if v.name.startswith("insured_") or v.name == "uninsured"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedColumn:
    """A column computed from counts.

    Parameters
    ----------
    column, title
        The column, and its short name for menus.
    method
        Section of the methods document.
    kind
        Whether it counts people or is an index.
    """

    column: Column
    title: Text
    method: str
    kind: Literal["count", "index"] = "count"


BY_NAME: Mapping[str, Variable] = {variable.name: variable for variable in VARIABLES}

SUPPORTING = (
    "P_3YMAS", "P_12YMAS", "P_12A14", "P_15YMAS", "POB0_14", "POB15_64", "PDER_SS",
)  # fmt: skip
DWELLINGS = "TVIVHAB"

# Counts of people the census hides or publishes, in reading order.
COUNTS: tuple[str, ...] = (
    *dict.fromkeys(code for variable in VARIABLES for code in variable.codes),
    *SUPPORTING,
)
# Everything to ask a census reader for.
CENSUS_COLUMNS: tuple[str, ...] = (*COUNTS, DWELLINGS)


@dataclass(frozen=True, slots=True)
class Relation:
    """A sum the census keeps in every row.

    Parameters
    ----------
    whole
        Census code of the whole.
    parts
        Codes of its parts.
    exact
        Whether the parts make up the whole (otherwise they are at most the whole, since the
        census leaves some people's age or affiliation unspecified).
    """

    whole: str
    parts: tuple[str, ...]
    exact: bool


# Checked on every published row of ITER Aguascalientes: the exact ones hold without exception.
RELATIONS: tuple[Relation, ...] = (
    Relation("P_3YMAS", ("P_3A5", "P_6A11", "P_12YMAS"), exact=True),
    Relation("POB0_14", ("P_0A2", "P_3A5", "P_6A11", "P_12A14"), exact=True),
    Relation("P_12YMAS", ("P_12A14", "P_15YMAS"), exact=True),
    Relation("P_15YMAS", ("POB15_64", "POB65_MAS"), exact=True),
    Relation("P_12YMAS", ("P_12YMAS_F", "P_12YMAS_M"), exact=True),
    Relation("POBTOT", ("P_0A2", "P_3YMAS"), exact=False),
    Relation("POBTOT", ("POB0_14", "POB15_64", "POB65_MAS"), exact=False),
    Relation("POBTOT", ("P_0A2", "P_3A5", "P_6A11", "P_60YMAS"), exact=False),
    Relation("P_15YMAS", ("P_60YMAS",), exact=False),
    Relation("P_60YMAS", ("POB65_MAS",), exact=False),
    Relation("P_12YMAS_F", ("PEA_F",), exact=False),
    Relation("P_12YMAS_M", ("PEA_M",), exact=False),
    Relation("POBTOT", ("PCON_DISC",), exact=False),
    *(Relation("PCON_DISC", (code,), exact=False) for code in (
        "PCDISC_MOT", "PCDISC_VIS", "PCDISC_LENG", "PCDISC_AUD", "PCDISC_MOT2", "PCDISC_MEN",
    )),
    Relation("POBTOT", ("PDER_SS", "PSINDER"), exact=False),
    *(Relation("PDER_SS", (code,), exact=False) for code in (
        "PDER_IMSS", "PDER_ISTE", "PDER_ISTEE", "PAFIL_PDOM", "PDER_SEGP", "PDER_IMSSB",
        "PAFIL_IPRIV",
    )),
)  # fmt: skip

# Whom each service is for, as variables of the demand tables.
SERVICE_DEMAND: Mapping[str, str] = {
    "guarderia": "children_0_5",
    "preescolar": "children_3_5",
    "primaria": "children_6_11",
    "mayores": "older_65_plus",
    "discapacidad": "disability",
}
# The three groups of people, as variables of the demand tables.
GROUP_DEMAND: Mapping[str, str] = {
    "infancia": "children_0_11",
    "mayores": "older_65_plus",
    "discapacidad": "disability",
}
# Affiliation to health services, as variables of the demand tables.
SCHEMES: tuple[str, ...] = (
    "insured_imss", "insured_issste", "insured_issste_state", "insured_pemex_defensa_marina",
    "insured_insabi", "insured_imss_bienestar", "insured_private", "uninsured",
)  # fmt: skip
# The same by their short names, "none" being those without any.
AFFILIATIONS: Mapping[str, str] = {
    **{name.removeprefix("insured_"): name for name in SCHEMES if name != "uninsured"},
    "none": "uninsured",
}


def demand_columns() -> Iterator[Column]:
    """Yield every column of a demand table after ``cvegeo`` and ``name``."""
    for variable in VARIABLES:
        yield from variable.columns()


# Range of an area's share of people over that of its city: the middle 95 % of the people of Mérida
# (520 urban AGEB, Censo 2020). Bounds where a share of the city stands in for an area's own count.
SHARE_RANGES: Mapping[str, tuple[float, float]] = {
    "P_0A2": (0.41, 1.96), "P_3A5": (0.42, 1.69), "P_6A11": (0.51, 1.54),
    "P_60YMAS": (0.28, 2.42), "POB65_MAS": (0.23, 2.78), "PCON_DISC": (0.31, 1.97),
    "PCDISC_MOT": (0.21, 2.24), "PCDISC_VIS": (0.23, 2.29), "PCDISC_LENG": (0.0, 2.14),
    "PCDISC_AUD": (0.16, 2.44), "PCDISC_MOT2": (0.0, 2.42), "PCDISC_MEN": (0.16, 2.29),
    "P_12YMAS_F": (0.85, 1.16), "PEA_F": (0.78, 1.23), "P_12YMAS_M": (0.90, 1.08),
    "PEA_M": (0.85, 1.14), "PDER_IMSS": (0.63, 1.25), "PDER_ISTE": (0.11, 2.96),
    "PDER_ISTEE": (0.0, 4.92), "PAFIL_PDOM": (0.0, 3.70), "PDER_SEGP": (0.19, 3.10),
    "PDER_IMSSB": (0.0, 6.18), "PAFIL_IPRIV": (0.0, 6.70), "PSINDER": (0.64, 1.56),
}  # fmt: skip

# Municipalities of each state in the 2020 census (2,469 in all): a state's figures are added up
# from its municipalities only when all of them are at hand.
MUNICIPALITIES: Mapping[str, int] = {
    "01": 11, "02": 6, "03": 5, "04": 12, "05": 38, "06": 10, "07": 124, "08": 67, "09": 16,
    "10": 39, "11": 46, "12": 81, "13": 84, "14": 125, "15": 125, "16": 113, "17": 36, "18": 20,
    "19": 51, "20": 570, "21": 217, "22": 18, "23": 11, "24": 58, "25": 18, "26": 72, "27": 17,
    "28": 43, "29": 60, "30": 212, "31": 106, "32": 58,
}  # fmt: skip
