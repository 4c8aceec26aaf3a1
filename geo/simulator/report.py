"""A scenario from a file, and its outcome as JSON with the range of each figure."""

from pathlib import Path

import orjson

from data.errors import InputError, LimitError, MissingInputError, Where
from data.texts import Text
from geo.simulator.ranges import monte_carlo, tornado
from geo.simulator.run import OUTCOMES, Setting, describe_run, run_scenario
from geo.simulator.scenario import Scenario, check_scenario

_MAX_BYTES = 1 << 20
_BARS = 10
_NOTE = Text(
    "Simulador abierto que sigue el esquema publicado de ONU Mujeres y CEPAL; no es el suyo. "
    "La demanda es potencial; los rangos suponen parámetros independientes.",
    "An open simulator following the published outline of UN Women and ECLAC; not their tool. "
    "Demand is potential; ranges take parameters to be independent.",
)


def read_scenario(path: Path) -> Scenario:
    """Read a scenario from a JSON file.

    Raises
    ------
    MissingInputError, LimitError, InputError
        If there is no such file, it is beyond 1 MiB, or it is not JSON.
    ParameterError
        If a field is unknown or outside its range.
    """
    if not path.is_file():
        raise MissingInputError(
            Text("No existe el escenario", "The scenario does not exist"),
            where=Where(file=path),
            remedy=Text("Revise la ruta", "Check the path"),
        )
    if path.stat().st_size > _MAX_BYTES:
        raise LimitError(
            Text("El escenario es demasiado grande", "The scenario is too large"),
            where=Where(file=path),
            remedy=Text(f"Se aceptan hasta {_MAX_BYTES:,} bytes", f"Up to {_MAX_BYTES:,} bytes"),
        )
    try:
        content = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise InputError(
            Text("El escenario no es JSON", "The scenario is not JSON"),
            where=Where(file=path, row=error.lineno),
            remedy=Text(f"Corríjalo: {error.msg}", f"Mend it: {error.msg}"),
        ) from error
    return check_scenario(content)


def report_scenario(scenario: Scenario, setting: Setting, *, draws: int, seed: int = 0) -> bytes:
    """Run a scenario and return its outcome as JSON.

    Parameters
    ----------
    scenario, setting
        What is run, and where.
    draws
        Draws for the 90 % range of each outcome; none if 0.
    seed
        Seed of the draws.
    """
    run = run_scenario(scenario, setting)
    content: dict[str, object] = {
        "note": {"es": _NOTE.es, "en": _NOTE.en},
        "scenario": scenario.model_dump(mode="json"),
        **describe_run(run, scenario),
        "outcomes": run.outcomes(),
    }
    if draws:
        spread = monte_carlo(scenario, setting, draws=draws, seed=seed)
        content["ranges"] = {
            name: dict(zip(("p5", "p50", "p95"), spread[name], strict=True)) for name in OUTCOMES
        }
        content["what_moves_the_fiscal_gap"] = [
            {"parameter": bar.parameter, "at_low": bar.at_low, "at_high": bar.at_high}
            for bar in tornado(scenario, setting, "fiscal_gap_mn")[:_BARS]
        ]
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
