"""The one family of errors a user may see: what is wrong, where, and what would be right.

Every error carries its texts in both languages, so the command line, the API and the page say the
the same thing. Anything that is not a ``CareError`` is a fault of ours and never reaches a user.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data.texts import Language, Text

if TYPE_CHECKING:
    from collections.abc import Callable

_VALUE_LIMIT = 80
_LABELS = {
    "es": {
        "file": "archivo", "layer": "capa", "row": "fila", "column": "columna", "value": "valor",
    },
    "en": {"file": "file", "layer": "layer", "row": "row", "column": "column", "value": "value"},
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Place of a fault in the input.

    Parameters
    ----------
    file
        File (a member of a zip is given as ``archive.zip!member``).
    layer
        Layer or sheet within the file.
    row
        Row as a person counts it: the first data row after the header is 1.
    column
        Column name as it stands in the file.
    value
        The value found; long ones are cut when shown.
    """

    file: Path | str | None = None
    layer: str | None = None
    row: int | None = None
    column: str | None = None
    value: object = None

    def in_language(self, language: Language) -> str:
        """Return the place as ``file x, row 3, column y, value 'z'``, or an empty string."""
        labels = _LABELS[language]
        found = {
            "file": self.file, "layer": self.layer, "row": self.row, "column": self.column,
        }  # fmt: skip
        parts = [f"{labels[name]} {item}" for name, item in found.items() if item is not None]
        if self.value is not None:
            shown = repr(self.value)
            if len(shown) > _VALUE_LIMIT:
                shown = shown[: _VALUE_LIMIT - 1] + "…"
            parts.append(f"{labels['value']} {shown}")
        return ", ".join(parts)


class CareError(Exception):
    """Root of every error meant for a user.

    Parameters
    ----------
    problem
        What is wrong, one sentence without a full stop.
    where
        Place of the fault in the input, as far as it is known.
    remedy
        What would be right, or what to do; one sentence without a full stop.
    """

    def __init__(self, problem: Text, *, remedy: Text, where: Where | None = None) -> None:
        super().__init__(problem, remedy, where)
        self.problem = problem
        self.remedy = remedy
        self.where = where if where is not None else Where()

    def message(self, language: Language = "es") -> str:
        """Return the whole error as one line in a language."""
        place = self.where.in_language(language)
        stated = self.problem.in_language(language) + (f" ({place})" if place else "")
        return f"{stated}. {self.remedy.in_language(language)}."

    def __str__(self) -> str:
        """Return the Spanish line."""
        return self.message()

    def __reduce__(self) -> "tuple[Callable[..., CareError], tuple[object, ...]]":
        """Say how it is made again, so that it passes whole from one process to another."""
        return _remade, (type(self), self.problem, self.remedy, self.where)


def _remade(kind: type[CareError], problem: Text, remedy: Text, where: Where) -> CareError:
    return kind(problem, remedy=remedy, where=where)


class InputError(CareError, ValueError):
    """A file, row or value that cannot be used as it is."""


class MissingInputError(CareError, LookupError):
    """A file, layer or source that is needed and not there."""


class LimitError(CareError, ValueError):
    """Input beyond what is accepted: bytes, rows, vertices, nesting, seconds."""


class UnknownPlaceError(CareError, LookupError):
    """A place code or name that does not exist; the remedy suggests near ones."""


class ParameterError(CareError, ValueError):
    """A parameter of a command, method or request outside what it accepts."""


class NotComputedError(CareError, LookupError):
    """Something the atlas does not hold, with the reason why it was not computed."""


class BusyError(CareError, RuntimeError):
    """Another process holds what this one needs."""


class StorageError(CareError, RuntimeError):
    """Reading or writing failed for a reason outside the data: disk full, no permission."""


class FetchError(CareError, RuntimeError):
    """A download that could not be completed."""


class ArtifactError(CareError, RuntimeError):
    """An atlas that is damaged, incomplete or of another format version."""
