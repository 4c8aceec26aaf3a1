"""Classes, labels and numbers of the folium page."""

import pytest

from geo.artifacts import ColumnRecord, Label, Statistics
from geo.map_legend import classes, shown_number, shown_value


def _column(
    kind: str = "time",
    *,
    breaks: tuple[float, ...] = (),
    counts: tuple[int, ...] = (1,),
    values: tuple[str, ...] = (),
) -> ColumnRecord:
    statistics = Statistics(
        count=sum(counts), unknown=2, minimum=1.0, maximum=50.0, breaks=breaks, class_counts=counts
    )
    text = Label(es="título", en="title")
    return ColumnRecord.model_validate(
        {
            "name": "x", "dtype": "str" if values else "float64", "unit": "min", "title": text,
            "description": text, "kind": kind, "sources": (), "licence": "", "values": values,
            "statistics": None if values else statistics,
            "value_counts": dict.fromkeys(values, 3) if values else None,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (1234.0, "count", "1,234"),
        (0.0, "count", "0"),
        (0.123, "share", "12.3 %"),
        (1.0, "share", "100 %"),
        (7.25, "time", "7.2"),
        (10.0, "time", "10"),
        (0.0456, "index", "0.046"),
        (1549.6, "rate", "1,550"),
    ],
)
def test_numbers_are_written_as_in_mexico(value: float, kind: str, shown: str) -> None:
    assert shown_number(value, kind) == shown


def test_classes_follow_the_breaks_of_the_manifest() -> None:
    found = classes(_column(breaks=(5.0, 10.0), counts=(4, 5, 6)), "es")
    assert [(item.label, item.count) for item in found] == [
        ("menos de 5", 4), ("5 – 10", 5), ("10 o más", 6),
    ]  # fmt: skip
    assert len({item.color for item in found}) == 3
    assert [item.label for item in classes(_column(), "en")] == ["1 – 50"]


def test_a_state_has_a_class_for_each_known_value() -> None:
    found = classes(_column("state", values=("si", "no", "desconocido")), "es")
    assert [item.label for item in found] == ["Sí", "No"]


def test_unknown_is_said_and_never_a_number() -> None:
    column = _column()
    assert shown_value(float("nan"), column, "es") == "Sin dato"
    assert shown_value(None, column, "en") == "No data"
    assert shown_value(0.0, column, "es") == "0 min"
    states = _column("state", values=("si", "no", "desconocido"))
    assert shown_value("desconocido", states, "es") == "Sin dato"
    assert shown_value("si", states, "es") == "Sí"


def test_nothing_known_has_no_classes() -> None:
    assert classes(_column(counts=()), "es") == []
