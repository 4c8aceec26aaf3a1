"""The codebooks as one page of documentation, written from the records that builds use."""

from collections.abc import Iterable, Sequence

from data.classification import Codebooks

_INTRO = """# Codebooks of supply

Written by `cuidados codebooks --out docs/codebooks.md` from `data/codebooks/*.csv`; do not edit it.
What the columns mean for a centre, and how well names are read, is in [methods](methods.md#oferta).

To use codebooks of your own, copy the files you want to change into a folder and build with
`cuidados build --codebooks FOLDER`. Files left out are the published ones. The manifest says which
were used, with their SHA-256. Ages are written in days (`43d`) or years (`4y`); several values are
separated by `;`.
"""
_PATTERNS = """A name (or legal name) is read in capitals, without accents or marks, with initials
joined (`I.M.S.S.` is `IMSS`, `S.C. U-630` is `SC U 630`). A pattern is phrases separated by `|`;
a phrase is whole words in order; `*` ends a word in any way, `#` is a number and `###` one of three
digits or more, `^` and `$` are the start and the end; `*` alone is any name. Of the rules that fit,
the one of highest precedence decides each axis (scheme, sector, institution, ages) it speaks of.
"""
_DAYS_OF_A_YEAR = 365.25
_YEARS_FROM_DAYS = 366


def codebooks_page(codebooks: Codebooks) -> str:
    """Return the page, in Markdown.

    Parameters
    ----------
    codebooks
        The records to write.
    """
    parts = [
        _INTRO,
        "## Classes (`scian.csv`)\n",
        _classes(codebooks),
        "## Services (`services.csv`)\n",
        _services(codebooks),
        "## Schemes of access (`schemes.csv`)\n",
        _schemes(codebooks),
        "## What names say (`name_rules.csv`)\n",
        _PATTERNS,
        _rules(codebooks),
        "## Places by staff (`staff_places.csv`)\n",
        _places(codebooks),
    ]
    return "\n".join(parts)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    written = (" | ".join(cell.replace("|", "\\|") or "–" for cell in line) for line in lines)
    return "".join(f"| {line} |\n" for line in written)


def _ages(least: float | None, most: float | None) -> str:
    if least is None and most is None:
        return ""
    start = "0" if least is None else _age(least)
    return f"{start} or more" if most is None else f"{start} to before {_age(most + 1)}"


def _age(days: float) -> str:
    if days < _YEARS_FROM_DAYS:
        return f"{days:g} days"
    return f"{days / _DAYS_OF_A_YEAR:.0f} years ({days:,.0f} days)"


def _classes(codebooks: Codebooks) -> str:
    header = ("class", "label", "type", "category", "serves", "ages", "sector", "set")
    rows = (
        (
            f"`{care.scian}`", care.label, care.service_type, care.category,
            ", ".join(care.groups), _ages(care.age_min_days, care.age_max_days), care.sector,
            care.membership,
        )
        for care in codebooks.classes.values()
    )  # fmt: skip
    sources = {c.service_type: c.age_source for c in codebooks.classes.values() if c.age_source}
    listed = "".join(f"- {service_type}: {source}.\n" for service_type, source in sources.items())
    return f"{_table(header, rows)}\nSources of ages:\n\n{listed}"


def _services(codebooks: Codebooks) -> str:
    header = ("service", "title", "group", "classes", "optional classes")
    rows = (
        (
            f"`{service.service}`", f"{service.title.es} / {service.title.en}", service.group,
            ", ".join(service.classes), ", ".join(service.optional_classes),
        )
        for service in codebooks.services.values()
    )  # fmt: skip
    return _table(header, rows)


def _schemes(codebooks: Codebooks) -> str:
    header = (
        "scheme", "title", "entitlement", "who", "counted by the census as", "ages", "of types",
        "hours", "source",
    )  # fmt: skip
    rows = (
        (
            f"`{scheme.scheme}`", f"{scheme.title.es} / {scheme.title.en}", scheme.entitlement,
            scheme.who.es,
            "everybody" if scheme.open_to_all
            else ", ".join(f"`{name}`" for name in scheme.census_variables) or "not counted",
            _ages(scheme.age_min_days, scheme.age_max_days), ", ".join(scheme.age_service_types),
            scheme.hours.es, scheme.source,
        )
        for scheme in codebooks.schemes.values()
    )  # fmt: skip
    return _table(header, rows)


def _rules(codebooks: Codebooks) -> str:
    header = (
        "rule", "precedence", "phrases", "except", "classes", "says", "confidence", "why",
    )  # fmt: skip
    rows = (
        (
            f"`{rule.rule_id}`", str(rule.precedence), "; ".join(rule.pattern.phrases),
            "; ".join(rule.excepting.phrases) if rule.excepting else "",
            rule.row.text("classes").replace(";", " ").replace("*", "\\*"),
            ", ".join(f"{axis} {getattr(rule, axis)}" for axis in rule.says()),
            f"{rule.confidence:g}", rule.source,
        )
        for rule in sorted(codebooks.name_rules, key=lambda rule: -rule.precedence)
    )  # fmt: skip
    return _table(header, rows)


def _places(codebooks: Codebooks) -> str:
    header = ("type", "staff", "low", "central", "high", "source")
    rows = (
        (service_type, band, f"{p.low:g}", f"{p.central:g}", f"{p.high:g}", p.source)
        for (service_type, band), p in codebooks.staff_places.items()
    )
    return _table(header, rows)
