"""A scenario from a file, and its outcome as plain values with the range of each figure."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from data.errors import InputError, LimitError, MissingInputError, Where
from data.texts import Text
from geo.simulator.impact import YearImpact
from geo.simulator.ranges import Bar, monte_carlo, tornado
from geo.simulator.run import OUTCOMES, Prepared, Run, is_for_children, prepare, run_prepared
from geo.simulator.scenario import Scenario, check_scenario
from geo.simulator.setting import Setting

Floats = npt.NDArray[np.float64]

# Digits the money and people of a report are given with.
_DIGITS = 3
_MAX_BYTES = 1 << 20
_BARS = 10
# What the bars of a run are drawn of: the gap where there is a matrix, else the running cost.
_TORNADOES = ("fiscal_gap_mn", "running_mn", "total_jobs")
NO_WOMEN = Text(
    "No se sabe cuántas mujeres de 12 años y más hay en todos los municipios: no se calcula"
    " cuántas podrían entrar a trabajar",
    "It is not known how many women of 12 and over there are in every municipality: how many may"
    " enter work is not computed",
)
NOTE = Text(
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


def simulate(
    scenario: Scenario, setting: Setting, *, draws: int, seed: int = 0
) -> tuple[Run, dict[str, object]]:
    """Run a scenario and describe its outcome, ranges and what moves it, as plain values.

    Parameters
    ----------
    scenario, setting
        What is run, and where.
    draws
        Draws for the 90 % range of each outcome; none if 0.
    seed
        Seed of the draws.

    Returns
    -------
    Run, dict
        The run, and what is told of it: money in millions of pesos of the price year.
    """
    prepared = prepare(scenario, setting)
    run = run_prepared(prepared)
    content: dict[str, object] = {
        "note": _label(NOTE),
        "scenario": scenario.model_dump(mode="json"),
        **describe_run(run, scenario),
        "outcomes": {name: round(value, _DIGITS) for name, value in run.outcomes.items()},
        "not_computed": _not_computed(prepared, run),
    }
    if draws:
        spread = monte_carlo(prepared, draws=draws, seed=seed)
        content["ranges"] = {
            name: dict(zip(("p5", "p50", "p95"), (round(v, _DIGITS) for v in ends), strict=True))
            for name, ends in spread.items()
        }
        bars = tornado(prepared, _TORNADOES)
        content["tornado"] = {name: [_bar(bar) for bar in bars[name][:_BARS]] for name in bars}
    return run, content


def _not_computed(prepared: Prepared, run: Run) -> list[dict[str, object]]:
    """Return what is not told of a run, and why."""
    missing: list[dict[str, object]] = []
    if prepared.setting.responses is None:
        what = [*(name for name in OUTCOMES if name not in run.outcomes), "effects"]
        missing.append({"what": what, "reason": _label(prepared.setting.no_model)})
    for_children = any(map(is_for_children, prepared.scenario.services))
    if for_children and prepared.setting.women_12_plus is None:
        missing.append({"what": ["women_who_may_enter_work"], "reason": _label(NO_WOMEN)})
    return missing


def report_scenario(scenario: Scenario, setting: Setting, *, draws: int, seed: int = 0) -> bytes:
    """Run a scenario and return its outcome as JSON; parameters are those of ``simulate``."""
    _, content = simulate(scenario, setting, draws=draws, seed=seed)
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _bar(bar: Bar) -> dict[str, object]:
    return {
        "parameter": bar.parameter, "low": bar.low, "high": bar.high,
        "at_low": round(bar.at_low, _DIGITS), "at_high": round(bar.at_high, _DIGITS),
    }  # fmt: skip


def _label(text: Text) -> dict[str, str]:
    return {"es": text.es, "en": text.en}


def _rounded(values: Floats | None) -> list[float] | None:
    return None if values is None else [round(float(value), _DIGITS) for value in values]


def describe_run(run: Run, scenario: Scenario) -> dict[str, object]:
    """Return a run as plain values for JSON, money in millions of pesos of the price year."""
    women = run.women_entering
    return {
        "price_year": scenario.price_year,
        "years": list(run.years),
        "services": {
            service.service: {
                "title": _label(service.title),
                "demand": _rounded(plan.demand),
                "target_places": _rounded(plan.target_places),
                "existing_places": round(float(plan.existing_places), _DIGITS),
                "existing_places_known": service.service not in run.unknown_places,
                "additional_places": _rounded(plan.additional_places),
                "new_places": _rounded(plan.new_places),
                "new_centres": _rounded(plan.new_centres),
                "jobs": _rounded(plan.jobs),
                "jobs_by_role": {role: _rounded(staff) for role, staff in plan.staff.items()},
                "women_jobs": _rounded(plan.women_jobs),
                "wages_mn": _rounded(plan.wages_mn),
                "inputs_mn": _rounded(plan.inputs_mn),
                "building_mn": _rounded(plan.building_mn),
                "equipment_mn": _rounded(plan.equipment_mn),
                "investment_mn": _rounded(plan.investment_mn),
            }
            for service, plan in zip(scenario.services, run.plans, strict=True)
        },
        "effects": [
            _effects(year, impact) for year, impact in zip(run.years, run.impacts, strict=False)
        ],
        "places_of_today_unknown": list(run.unknown_places),
        "running_mn": _rounded(run.running_mn),
        "investment_mn": _rounded(run.investment_mn),
        "gross_cost_mn": _rounded(run.running_mn + run.investment_mn),
        "current_spending_mn": scenario.current_spending_mn,
        "gross_revenue_mn": _rounded(run.gross_revenue_mn),
        "baseline_revenue_mn": _rounded(run.baseline_revenue_mn),
        "fiscal_gap_mn": _rounded(run.fiscal_gap_mn),
        "women_who_may_enter_work": None
        if women is None
        else dict(zip(("low", "central", "high"), (round(w) for w in women), strict=True)),
        "municipalities": {
            "cvegeo": list(run.municipalities),
            "name": list(run.municipalities.values()),
            "new_places": {
                service.service: np.round(lacking[:, -1], 1).tolist()
                for service, lacking in zip(scenario.services, run.lacking, strict=True)
            },
        },
    }


def _effects(year: int, impact: YearImpact) -> dict[str, object]:
    women = dict(zip(("direct", "indirect", "induced"), impact.women_jobs, strict=True))
    parts: Mapping[str, Mapping[str, float]] = {
        "direct": impact.direct, "indirect": impact.indirect, "induced": impact.induced,
    }  # fmt: skip
    return {
        "year": year,
        **{
            part: _amounts(effect)
            | {
                "women_jobs": round(women[part], _DIGITS),
                "men_jobs": round(effect["jobs"] - women[part], _DIGITS),
            }
            for part, effect in parts.items()
        },
        "by_region": {name: _amounts(effect) for name, effect in impact.by_region.items()},
        "same_money_in_construction": _amounts(impact.construction),
        "tax_revenue_mn": round(impact.tax_revenue_mn, _DIGITS),
        "product_taxes_mn": round(impact.product_taxes_mn, _DIGITS),
        "income_taxes_mn": round(impact.income_taxes_mn, _DIGITS),
    }


def _amounts(effect: Mapping[str, float]) -> dict[str, float]:
    informal = effect["jobs"] - effect["formal_jobs"]
    return {name: round(value, _DIGITS) for name, value in effect.items()} | {
        "informal_jobs": round(informal, _DIGITS)
    }
