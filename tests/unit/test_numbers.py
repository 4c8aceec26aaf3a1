"""A number in a document is a number: true is not one, nor is a text."""

import pytest

from data.errors import ParameterError
from geo.scenarios.scenario import read_scenario
from geo.scenarios.siting_request import read_request
from geo.simulator.scenario import check_scenario

PLAN = {"plans": [{"service": "guarderia_0_2", "coverage": [0.5]}]}


@pytest.mark.parametrize("value", [True, False, "1", "1e3", None, [1]])
def test_what_is_no_number_is_refused(value: object) -> None:
    point = {"type": "Point", "coordinates": [-102.3, 21.9]}
    change = {"change": "abrir", "services": ["guarderia"], "places": value or True}
    feature = {"type": "Feature", "geometry": point, "properties": change}
    for check, document in (
        (check_scenario, PLAN | {"current_spending_mn": value}),
        (check_scenario, PLAN | {"first_year": value}),
        (check_scenario, PLAN | {"price_year": value}),
        (check_scenario, {"plans": [{"service": "guarderia_0_2", "coverage": [value]}]}),
        (read_request, {"service": "guarderia", "minutes": value}),
        (read_scenario, {"type": "FeatureCollection", "features": [feature]}),
    ):
        with pytest.raises(ParameterError):
            check(document)


def test_whole_numbers_may_be_written_with_a_point_and_others_without() -> None:
    scenario = check_scenario(PLAN | {"first_year": 2025.0, "current_spending_mn": 3})
    assert (scenario.first_year, scenario.current_spending_mn) == (2025, 3.0)
    assert read_request({"service": "guarderia", "sites": 2.0, "minutes": 10}).sites == 2
    with pytest.raises(ParameterError):
        read_request({"service": "guarderia", "sites": 2.5})
