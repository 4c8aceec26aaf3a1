"""People and places as the measures take them, with one stated rule for what is unknown."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from data.errors import InputError, Where
from data.texts import Text
from geo.access.times import Floats

# What to do with people or places whose number is not known. ``refuse`` is an error: an unknown
# competitor makes the share of everyone who competes with it unknown. ``leave_out`` goes on
# without them: people of unknown number do not compete (so ratios are upper bounds), and places of
# unknown number are not offered (so sums are lower bounds).
Unknown = Literal["refuse", "leave_out"]


def checked_amounts(
    values: npt.ArrayLike, *, shape: tuple[int, ...], column: str, unknown: Unknown
) -> Floats:
    """Return people or places as float64 of the given shape, unknown ones refused or set aside.

    Parameters
    ----------
    values
        Numbers of people or places; NaN is unknown.
    shape
        Shape they must have.
    column
        What they are, for the error.
    unknown
        ``refuse`` or ``leave_out``.

    Raises
    ------
    InputError
        If the shape differs, a number is negative or infinite, or one is unknown and
        ``unknown`` is ``refuse``.
    """
    amounts = np.asarray(values, dtype=np.float64)
    if amounts.shape != shape:
        raise InputError(
            Text("La cantidad de valores no corresponde a la tabla de tiempos",
                 "The number of values does not match the table of times"),
            where=Where(column=column, value=amounts.shape),
            remedy=Text(f"Se esperaba la forma {shape}", f"Shape {shape} was expected"),
        )  # fmt: skip
    missing = np.isnan(amounts)
    wrong = (amounts < 0) | np.isinf(amounts)
    if wrong.any():
        _refuse_first(
            wrong, amounts, column,
            Text("Una cantidad no es válida", "An amount is not valid"),
            Text("Debe ser finita y no negativa", "It must be finite and not negative"),
        )  # fmt: skip
    if not missing.any():
        return amounts
    if unknown == "refuse":
        _refuse_first(
            missing, amounts, column,
            Text("Hay cantidades desconocidas", "Some amounts are unknown"),
            Text("Estímelas antes, o pida dejarlas fuera con unknown='leave_out'",
                 "Estimate them first, or ask to leave them out with unknown='leave_out'"),
        )  # fmt: skip
    # Not a guess that they are zero: the caller asked to go on without them.
    return np.where(missing, 0.0, amounts)


def _refuse_first(
    wrong: npt.NDArray[np.bool_], amounts: Floats, column: str, problem: Text, remedy: Text
) -> None:
    position = int(wrong.argmax())
    row = int(np.unravel_index(position, amounts.shape)[0]) + 1
    raise InputError(
        problem,
        where=Where(row=row, column=column, value=float(amounts.ravel()[position])),
        remedy=remedy,
    )
