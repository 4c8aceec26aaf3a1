"""Input-output effects: what a purchase sets off among industries, and what its wages set off.

With Z the flows between industries, x their output, ``A = Z x̂⁻¹`` and ``L = (I − A)⁻¹``:

* type I: ``L y`` is the output that meets final demand y, directly and through suppliers;
* type II: households are one more industry that sells labour (row ``w/x``) and spends a share c of
  it as all households do (column ``h``); the larger inverse adds the induced output.

Sources: Leontief (1936); Miller and Blair, *Input–Output Analysis* (2009), chapters 2, 3 and 6.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import InputError, ParameterError, Where
from data.inputoutput import NATIONAL, InputOutputTable
from data.texts import Text

Floats = npt.NDArray[np.float64]

# Share of pay that households spend; the published outline's default.
CONSUMED_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Effect:
    """What a purchase sets off in each industry.

    Parameters
    ----------
    output, value_added, taxes, imports, wages
        Shape (n,), millions of pesos.
    jobs, formal_jobs
        Shape (n,), people.
    """

    output: Floats
    value_added: Floats
    taxes: Floats
    imports: Floats
    wages: Floats
    jobs: Floats
    formal_jobs: Floats

    def __add__(self, other: "Effect") -> "Effect":
        """Return the sum of two effects."""
        return Effect(*(getattr(self, name) + getattr(other, name) for name in MEASURES))

    def __sub__(self, other: "Effect") -> "Effect":
        """Return the difference of two effects."""
        return Effect(*(getattr(self, name) - getattr(other, name) for name in MEASURES))

    def totals(self) -> dict[str, float]:
        """Return each measure summed over industries."""
        return {name: float(getattr(self, name).sum()) for name in MEASURES}


MEASURES = ("output", "value_added", "taxes", "imports", "wages", "jobs", "formal_jobs")


@dataclass(frozen=True)
class LeontiefModel:
    """An input-output table with jobs and pay, ready to answer what a purchase sets off.

    Parameters
    ----------
    table
        Balanced table of n industries.
    wages, jobs, formal_jobs
        Shape (n,): pay in millions of pesos, and people, of each industry in the table's year.
    consumed_share
        Share c of pay that households spend, between 0 and 1.
    """

    table: InputOutputTable
    wages: Floats
    jobs: Floats
    formal_jobs: Floats
    consumed_share: float = CONSUMED_SHARE

    def __post_init__(self) -> None:
        """Refuse a share outside 0–1 and accounts of another length."""
        if not 0 <= self.consumed_share <= 1:
            raise ParameterError(
                Text("La proporción del ingreso que se consume está fuera de rango",
                     "The share of income consumed is out of range"),
                where=Where(column="consumed_share", value=self.consumed_share),
                remedy=Text("Debe estar entre 0 y 1", "It must be between 0 and 1"),
            )  # fmt: skip
        if any(len(account) != len(self.table.industries)
               for account in (self.wages, self.jobs, self.formal_jobs)):  # fmt: skip
            raise InputError(
                Text("Las cuentas no corresponden a los sectores de la matriz",
                     "The accounts are not those of the table's industries"),
                remedy=Text("Dé una cuenta por sector", "Give one account for each industry"),
            )  # fmt: skip

    @cached_property
    def coefficients(self) -> Floats:
        """Shape (n, n): A, inputs of domestic origin per peso of output."""
        return self._per_output(self.table.flows)

    @cached_property
    def inverse(self) -> Floats:
        """Shape (n, n): L, output of the row industry per peso of final demand for the column."""
        return _inverse(self.coefficients)

    @cached_property
    def consumption(self) -> Floats:
        """Shape (n,): domestic purchases of each industry's product per peso households spend.

        Of all regions together; the rest of a peso goes to imports and product taxes.
        """
        table = self.table
        private = [at for at, use in enumerate(table.final_uses) if _is_private(use)]
        spent = table.final[:, private].sum()
        outside = table.final_imports[private].sum() + table.final_taxes[private].sum()
        share: Floats = table.final[:, private].sum(axis=1) / (spent + outside)
        return share

    @cached_property
    def consumption_taxes(self) -> float:
        """Net product taxes per peso households spend."""
        table = self.table
        private = [at for at, use in enumerate(table.final_uses) if _is_private(use)]
        whole = table.final[:, private].sum() + table.final_imports[private].sum()
        taxes = table.final_taxes[private].sum()
        return float(taxes / (whole + taxes))

    @cached_property
    def closed_inverse(self) -> Floats:
        """Shape (n + 1, n + 1): the inverse with households as the last industry."""
        pay = self._per_output(self.wages[None, :])
        bought = self.consumed_share * self.consumption[:, None]
        closed = np.block([[self.coefficients, bought], [pay, np.zeros((1, 1))]])
        return _inverse(closed)

    def _per_output(self, amounts: Floats) -> Floats:
        output = self.table.output
        per: Floats = np.divide(
            amounts, output, out=np.zeros_like(amounts, dtype=np.float64), where=output > 0
        )
        return per

    def effect_of_output(self, output: Floats) -> Effect:
        """Return all that goes with an output of each industry, at the table's coefficients.

        Parameters
        ----------
        output
            Shape (n,), millions of pesos.
        """
        table = self.table

        def times(account: Floats) -> Floats:
            return self._per_output(account[None, :])[0] * output

        return Effect(
            output=output,
            value_added=times(table.value_added),
            taxes=times(table.taxes),
            imports=times(table.imports),
            wages=times(self.wages),
            jobs=times(self.jobs),
            formal_jobs=times(self.formal_jobs),
        )

    def type_one(self, demand: Floats) -> Effect:
        """Return what final demand sets off through suppliers: the effect of ``L y``.

        Parameters
        ----------
        demand
            Shape (n,): purchases of domestic products, millions of pesos.
        """
        return self.effect_of_output(self.inverse @ demand)

    def type_two(self, demand: Floats, *, outside_pay: float = 0.0) -> Effect:
        """Return what final demand and pay from outside the table set off, spending included.

        Parameters
        ----------
        demand
            Shape (n,): purchases of domestic products, millions of pesos.
        outside_pay
            Pay that households receive besides that of the industries, such as that of a new
            service counted from below, millions of pesos.
        """
        together = self.closed_inverse @ np.append(demand, outside_pay)
        return self.effect_of_output(together[:-1])

    def multipliers(self, code: str, region: str = NATIONAL) -> dict[str, float]:
        """Return the effects of one peso (million) of final demand for an industry.

        ``output``, ``value_added``, ``taxes``, ``imports`` per peso and ``jobs`` per million, of
        type I; ``output_two`` and ``jobs_two`` of type II; ``output_own`` and ``output_spill``,
        the parts of type I output within the region and outside it.
        """
        at = self.table.industry(code, region)
        unit = np.zeros(len(self.table.industries))
        unit[at] = 1.0
        one, two = self.type_one(unit), self.type_two(unit)
        own = np.array([industry.region == region for industry in self.table.industries])
        named = ("output", "value_added", "taxes", "imports", "jobs")
        return {
            **{name: one.totals()[name] for name in named},
            "output_two": two.totals()["output"],
            "jobs_two": two.totals()["jobs"],
            "output_own": float(one.output[own].sum()),
            "output_spill": float(one.output[~own].sum()),
        }


def _inverse(coefficients: Floats) -> Floats:
    return np.linalg.inv(np.eye(len(coefficients)) - coefficients).astype(np.float64)


def _is_private(use: str) -> bool:
    lowered = use.lower()
    return lowered == "cp" or lowered.startswith("cp_") or "_cp_" in lowered


def make_model(
    table: InputOutputTable,
    accounts: pd.DataFrame,
    *,
    consumed_share: float = CONSUMED_SHARE,
) -> LeontiefModel:
    """Return the model of a table and the jobs and pay of its industries.

    A table's industries take their jobs and pay from the same industry of all the accounts'
    regions together, in proportion to output: jobs and pay per peso are then the national ones,
    since no accounts are published for the table's own regions.

    Parameters
    ----------
    table
        Balanced table.
    accounts
        ``data.inputoutput.read_industry_accounts`` rows.
    consumed_share
        Share of pay that households spend.

    Raises
    ------
    MissingInputError
        If an industry of the table has no accounts.
    """
    national = accounts.groupby("code")[["wages", "jobs", "formal"]].sum()
    codes = [industry.code for industry in table.industries]
    missing = sorted(set(codes) - set(national.index))
    if missing:
        raise InputError(
            Text("Hay sectores de la matriz sin empleo ni remuneraciones",
                 "Industries of the table have no jobs or pay"),
            where=Where(column="scian", value=", ".join(missing)),
            remedy=Text("Agréguelos a las cuentas por sector", "Add them to the accounts"),
        )  # fmt: skip
    output = pd.Series(table.output).groupby(codes).transform("sum").to_numpy()
    share = np.divide(table.output, output, out=np.zeros_like(output), where=output > 0)
    wages, jobs, formal = (
        national.loc[codes, name].to_numpy() * share for name in ("wages", "jobs", "formal")
    )
    return LeontiefModel(table, wages, jobs, formal, consumed_share)


def identity_gap(model: LeontiefModel) -> float:
    """Return how far ``v'L + t'L + m'L`` strays from 1 for the worst industry.

    Every peso of final demand ends as value added, product tax or imports, so the sum is 1 for each
    industry with output.
    """
    table = model.table
    leaks = (table.value_added + table.taxes + table.imports)[None, :]
    sums = (model._per_output(leaks) @ model.inverse)[0]  # noqa: SLF001 — the same module
    return float(np.abs(sums[table.output > 0] - 1).max())
