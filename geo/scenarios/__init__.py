"""What would change if centres opened, closed, moved or changed, or streets were better to walk."""

from geo.scenarios.evaluate import evaluate
from geo.scenarios.outcome import ScenarioOutcome
from geo.scenarios.planning import Planning, open_planning
from geo.scenarios.scenario import Scenario, read_scenario

__all__ = [
    "Planning",
    "Scenario",
    "ScenarioOutcome",
    "evaluate",
    "open_planning",
    "read_scenario",
]
