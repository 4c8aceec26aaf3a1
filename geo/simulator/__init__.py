"""What a care system costs and returns: an open simulator after the published outline.

Potential demand and a coverage path against today's places give new places, staff, pay and
investment by year (:mod:`geo.simulator.plan`); an input-output model gives what that spending sets
off (:mod:`geo.simulator.leontief`, :mod:`geo.simulator.impact`). It is an open re-implementation
following the outline of UN Women and ECLAC, not their tool.
"""

from geo.simulator.leontief import LeontiefModel, identity_gap, make_model
from geo.simulator.ranges import monte_carlo, tornado
from geo.simulator.report import describe_run, simulate
from geo.simulator.run import OUTCOMES, Run, prepare, run_scenario
from geo.simulator.scenario import Scenario, check_scenario
from geo.simulator.setting import Setting

__all__ = [
    "OUTCOMES",
    "LeontiefModel",
    "Run",
    "Scenario",
    "Setting",
    "check_scenario",
    "describe_run",
    "identity_gap",
    "make_model",
    "monte_carlo",
    "prepare",
    "run_scenario",
    "simulate",
    "tornado",
]
