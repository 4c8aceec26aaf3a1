"""What tiles carry: numbers short below the highest zoom, in their legend's class; the bounds."""

from typing import Any

import numpy as np

from data.texts import Text

MOST_BYTES = 500_000  # of a tile, compressed
DIGITS = 3
_LEGEND_DIGITS = 2  # of the limits of classes, see geo.publish.summarise
_MOST_DECIMALS = 22  # powers of ten up to this are exact in float64
DETAIL = Text(
    f"Las cifras son exactas en el zoom más alto; abajo llevan {DIGITS} dígitos significativos, "
    "sin cambiar de clase en la leyenda. Lo que no se sabe no está. De los zooms bajos faltan las "
    "formas que no alcanzarían a verse (features_by_zoom dice cuántas hay) y los zooms enteros "
    f"con alguna tesela de más de {MOST_BYTES // 1000} kB.",
    f"Numbers are exact in the highest zoom; below it they have {DIGITS} significant digits, in "
    "the same class of the legend. What is not known is absent. Low zooms lack shapes too small to "
    "be seen (features_by_zoom says how many there are), and whole zooms are left out of which a "
    f"tile would be over {MOST_BYTES // 1000} kB.",
)


def for_legend(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return numbers with three significant digits, or whole where they have more before the point.

    The nearest such number is taken, but none reaches a number that a class may begin with (one of
    two significant digits) unless the value does: all stay in the class their exact form is in.

    Parameters
    ----------
    values
        Numbers, shape (n,); NaN stays NaN, and whole numbers stay what they are.

    Returns
    -------
    numpy.ndarray
        Shape (n,), float64.
    """
    values = np.asarray(values, dtype="float64")
    changing = np.isfinite(values) & (values != np.trunc(values))
    exact = values[changing]
    magnitude = np.floor(np.log10(np.abs(exact)))
    decimals = np.clip(DIGITS - 1 - magnitude, 0, _MOST_DECIMALS + 1)
    scale = 10.0 ** np.minimum(decimals, _MOST_DECIMALS)
    steps = np.round(exact * scale)
    # A limit may stand on every tenth step: none is reached by rounding up.
    limit = steps % 10 ** (DIGITS - _LEGEND_DIGITS) == 0
    short = (steps - (limit & (steps / scale > exact))) / scale
    made = values.copy()
    made[changing] = np.where(decimals > _MOST_DECIMALS, exact, short)
    return made
