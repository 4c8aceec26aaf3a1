"""Why a person may use a centre, may not, or must ask: each reason with a code and its words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from data.classification import default_codebooks
from data.texts import Text

Kind = Literal["a_favor", "en_contra", "por_confirmar"]
_DAYS_OF_A_MONTH = 365.25 / 12
_SHORT_DAYS = 90
_GROUPS = {
    "infancia": Text("niñas y niños", "children"),
    "mayores": Text("personas mayores", "older people"),
    "discapacidad": Text("personas con discapacidad", "people with disability"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    Parameters
    ----------
    code
        Its identifier.
    kind
        Whether it speaks for using the centre, against it, or is to be asked there.
    text
        Its words.
    """

    code: str
    kind: Kind
    text: Text


def age_words(days: float, *, last: bool) -> Text:
    """Return an age limit in words: ``43 días``, ``3 años 11 meses``.

    Parameters
    ----------
    days
        The limit, included.
    last
        Whether it is the greatest age, which lasts to the end of its month.
    """
    if days < _SHORT_DAYS and not last:
        return Text(f"{days:.0f} días", f"{days:.0f} days")
    months = round((days + 1) / _DAYS_OF_A_MONTH) - 1 if last else round(days / _DAYS_OF_A_MONTH)
    years, months = divmod(max(months, 0), 12)
    return Text(
        _counted((years, "año", "años"), (months, "mes", "meses")),
        _counted((years, "year", "years"), (months, "month", "months")),
    )


def _counted(*parts: tuple[int, str, str]) -> str:
    said = [f"{n} {one if n == 1 else many}" for n, one, many in parts if n]
    return " ".join(said) or f"0 {parts[-1][2]}"


def age_range_words(least: float, most: float) -> Text:
    """Return the ages of a centre in words; unknown limits are left out, or both said unknown."""
    low = None if np.isnan(least) else age_words(least, last=False)
    high = None if np.isnan(most) else age_words(most, last=True)
    if low and high:
        return Text(f"de {low.es} a {high.es}", f"from {low.en} to {high.en}")
    if low:
        return Text(f"desde {low.es}", f"from {low.en}")
    if high:
        return Text(f"hasta {high.es}", f"up to {high.en}")
    return Text("edades no conocidas", "ages not known")


def too_young(least: float) -> Reason:
    """Say that the person is younger than the centre's least age."""
    words = age_words(least, last=False)
    return Reason("edad_menor", "en_contra",
                  Text(f"edad mínima {words.es}", f"minimum age {words.en}"))  # fmt: skip


def too_old(most: float) -> Reason:
    """Say that the person is older than the centre's greatest age."""
    words = age_words(most, last=True)
    return Reason("edad_mayor", "en_contra",
                  Text(f"edad máxima {words.es}", f"maximum age {words.en}"))  # fmt: skip


def right_age(least: float, most: float, *, school: bool) -> Reason:
    """Say that the person's age is within the centre's."""
    words = age_range_words(least, most)
    on = Text(", cumplida al 31 de diciembre", ", on 31 December") if school else Text("", "")
    return Reason(
        "edad", "a_favor",
        Text(f"atiende {words.es}{on.es}", f"takes people {words.en}{on.en}"),
    )  # fmt: skip


def age_to_confirm(least: float, most: float) -> Reason:
    """Say that ages are to be asked: the centre's are unknown, or the person's not told closely."""
    words = age_range_words(least, most)
    if np.isnan(least) and np.isnan(most):
        said = Text("no se conocen las edades que atiende: pregunte en el centro",
                    "the ages it takes are not known: ask at the centre")  # fmt: skip
    else:
        said = Text(f"atiende {words.es}: depende de la fecha de nacimiento",
                    f"takes people {words.en}: it depends on the birth date")  # fmt: skip
    return Reason("edad_por_confirmar", "por_confirmar", said)


def wrong_group(served: list[str]) -> Reason:
    """Say that the centre does not serve any group the person is of."""
    return Reason("no_atiende_grupo", "en_contra", _for(served))


def right_group(served: list[str]) -> Reason:
    """Say that the centre serves a group the person is of."""
    return Reason("atiende_grupo", "a_favor", _for(served))


def _for(served: list[str]) -> Text:
    names = [_GROUPS[group] for group in served]
    if not names:
        return Text("no se sabe a quién atiende", "it is not known whom it serves")
    return Text(
        f"es para {' y '.join(name.es for name in names)}",
        f"it is for {' and '.join(name.en for name in names)}",
    )


def disability_to_confirm(*, intellectual: bool) -> Reason:
    """Say that it is not known which disabilities a centre takes, or that it is for another."""
    said = (
        Text("es para discapacidad intelectual: pregunte si recibe otras",
             "it is for intellectual disability: ask whether it takes others")
        if intellectual
        else Text("no se sabe qué discapacidades atiende: pregunte en el centro",
                  "which disabilities it takes is not known: ask at the centre")
    )  # fmt: skip
    return Reason("discapacidad_por_confirmar", "por_confirmar", said)


def entitlement_reasons(
    scheme: str, entitlement: str, held: frozenset[str] | None
) -> Iterator[Reason]:
    """Yield what the centre's terms mean for somebody with these entitlements, None if not told."""
    record = default_codebooks().schemes.get(scheme)
    title = record.title if record is not None else Text(scheme, scheme)
    who = record.who if record is not None else title
    if entitlement == "con":
        only = Text(f"es para derechohabientes: {title.es} ({who.es})",
                    f"it is for those entitled: {title.en} ({who.en})")  # fmt: skip
        if scheme in ("imss", "issste"):
            only = Text(f"es para derechohabientes del {title.es}",
                        f"it is for those entitled by {title.en}")  # fmt: skip
        if held is None:
            yield Reason("derechohabiencia_no_dicha", "por_confirmar", only)
        elif scheme in held:
            yield Reason("con_derecho", "a_favor", only)
        else:
            yield Reason("derechohabiencia", "en_contra", only)
    elif entitlement == "sin":
        if scheme == "cuota":
            yield Reason(
                "de_paga",
                "a_favor",
                Text(
                    "no pide derechohabiencia; es de paga",
                    "asks for no affiliation; one pays a fee",
                ),
            )
        else:
            yield Reason(
                "abierto", "a_favor", Text("no pide derechohabiencia", "asks for no affiliation")
            )
    else:
        yield Reason(
            "derechohabiencia_desconocida", "por_confirmar",
            Text("no se sabe si pide derechohabiencia: pregunte en el centro",
                 "whether it asks for affiliation is not known: ask at the centre"),
        )  # fmt: skip
