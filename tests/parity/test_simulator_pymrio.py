"""The Leontief inverse and type I multipliers against pymrio on the same table."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.inputoutput import read_industry_accounts, read_input_output
from geo.simulator import make_model

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pymrio's own, on import
    import pymrio

pytestmark = pytest.mark.real_data


@pytest.mark.parametrize("name", ["mip_nacional_2018_35.csv", "mip_br_nl_2018.csv"])
def test_the_inverse_is_that_of_pymrio(name: str, real_data: Path) -> None:
    folder = real_data / "inputoutput"
    table = read_input_output(folder / name)
    model = make_model(table, read_industry_accounts(folder / "empleos_impuestos.tsv"))
    labels = pd.MultiIndex.from_tuples(
        [(industry.region, industry.code) for industry in table.industries],
        names=["region", "sector"],
    )
    flows = pd.DataFrame(table.flows, index=labels, columns=labels)
    final = pd.DataFrame(table.final.sum(axis=1), index=labels)
    output = pymrio.calc_x(flows, final)
    assert np.allclose(output.to_numpy()[:, 0], table.output, rtol=0, atol=1e-9)
    coefficients = pymrio.calc_A(flows, output)
    inverse = pymrio.calc_L(coefficients)
    assert np.abs(coefficients.to_numpy() - model.coefficients).max() < 1e-9
    assert np.abs(inverse.to_numpy() - model.inverse).max() < 1e-9
    jobs = pd.DataFrame([model.jobs], columns=labels)
    multipliers = pymrio.calc_M(pymrio.calc_S(jobs, output), inverse)
    sold = table.output > 0
    per_output = np.divide(model.jobs, table.output, out=np.zeros_like(model.jobs), where=sold)
    assert np.abs(multipliers.to_numpy()[0] - per_output @ model.inverse).max() < 1e-9
