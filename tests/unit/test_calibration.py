"""Published figures beside ours: drift, estimates and what cannot be computed."""

import pandas as pd
import pytest

from geo.calibration import Comparison, _line, _measure


def _tables() -> dict[str, pd.DataFrame]:
    states = pd.DataFrame({
        "cvegeo": ["01", "30"], "people": [10.0, 20.0], "people_low": [10.0, 15.0],
        "people_high": [10.0, 22.0], "people_status": ["publicado", "estimado"],
        "hidden": [1.0, float("nan")], "hidden_status": ["publicado", "desconocido"],
    })  # fmt: skip
    municipalities = pd.DataFrame({"cvegeo": ["01001", "01002"], "centres": [0.0, 3.0]})
    centres = pd.DataFrame({"state": ["01", "30", None], "scian": ["624411", "624411", "624411"]})
    return {"entidades": states, "municipios": municipalities, "centros": centres}


@pytest.mark.parametrize(
    ("measure", "place", "expected"),
    [
        ("column:people", "01", (10.0, None)),
        ("column:people", "MX", (30.0, (25.0, 32.0))),
        ("column:hidden", "MX", (None, None)),
        ("classes:624411;624412", "30", (1.0, None)),
        ("classes:624411", "MX", (3.0, None)),
        ("share_without:centres", "MX", (0.5, None)),
        ("share_without:not_there", "MX", (None, None)),
        ("", "MX", (None, None)),
    ],
)
def test_measures(measure: str, place: str, expected: tuple[object, object]) -> None:
    assert _measure(measure, place, _tables()) == expected


def _comparison(ours: float | None, bounds: tuple[float, float] | None = None) -> Comparison:
    return Comparison("Centres", "30", "press", 200.0, "count", ours, bounds, "another edition")


def test_a_line_says_the_drift_and_why() -> None:
    assert "| 200 | 190 | -5.00% | press | another edition |" in _line(_comparison(190.0))
    assert "| 200 | 200 | 0 | press | – |" in _line(_comparison(200.0))
    assert "| cannot be computed | – | press | another edition |" in _line(_comparison(None))
    assert "190 (estimated, 180 to 210)" in _line(_comparison(190.0, (180.0, 210.0)))
