"""Invented input-output table and accounts of the demo state, in the layouts INEGI's come in.

A bi-regional table that balances by construction: technical coefficients A and final demand f are
set, and output is ``x = (I − A)⁻¹ f``.
"""

import io
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
import xlsxwriter

from data.demo.plan import STATE_NAME

Floats = npt.NDArray[np.float64]

_REGIONS = (STATE_NAME, "Resto del país")
# Code, name, what a peso of output buys of other industries, imports and product taxes, its weight
# as a seller, jobs per million, formal share, pay per peso, and weights among households,
# government, investment and exports.
_INDUSTRIES = (
    ("111", "Agricultura", .20, .06, .004, 5, 7.5, .14, .10, (4, 0, 0, 4)),
    ("22", "Energía y agua", .42, .12, .010, 6, .6, .95, .09, (4, 0, 0, 0)),
    ("23", "Construcción", .40, .06, .010, 2, 2.1, .25, .14, (0, 0, 60, 0)),
    ("311", "Industria alimentaria", .52, .09, .004, 8, 1.0, .55, .06, (20, 0, 0, 8)),
    ("324-326", "Industria química", .46, .22, .006, 16, .5, .90, .06, (6, 0, 0, 14)),
    ("333-336", "Maquinaria y equipo", .30, .38, .004, 8, .7, .93, .08, (4, 0, 22, 50)),
    ("337", "Muebles, colchones y persianas", .40, .16, .006, 1, 3.4, .40, .12, (3, 0, 4, 2)),
    ("46", "Comercio al por menor", .24, .03, .010, 12, 5.6, .35, .12, (22, 0, 4, 4)),
    ("48-49", "Transportes y correos", .36, .08, .030, 9, 2.6, .45, .11, (10, 0, 1, 6)),
    ("53", "Servicios inmobiliarios", .10, .01, .004, 6, .2, .60, .02, (18, 0, 0, 0)),
    ("56", "Servicios de apoyo a los negocios", .18, .02, .006, 9, 4.0, .70, .35, (1, 0, 0, 0)),
    ("61", "Servicios educativos", .09, .02, .010, 1, 3.2, .92, .72, (8, 22, 0, 0)),
    ("62", "Servicios de salud y asistencia social", .24, .06, .010, 1, 2.9, .72, .44,
     (8, 16, 0, 0)),
    ("81", "Otros servicios", .22, .04, .010, 4, 9.5, .20, .40, (8, 1, 0, 0)),
)  # fmt: skip
_USES = (
    ("CP Consumo privado", .10, .030),
    ("CG Consumo de gobierno", .01, .002),
    ("FBCF Formación bruta de capital fijo", .18, .006),
    ("D.P.6 Exportaciones", .0, .0),
)  # fmt: skip
# Of what a region buys, the part that its own industries sell; and final demand, millions of pesos.
_OWN = (0.68, 0.97)
_FINAL_MN = ((52_000.0, 15_000.0, 24_000.0, 30_000.0), (2.1e6, 0.6e6, 0.9e6, 1.3e6))
_DATE = datetime(2021, 1, 25, tzinfo=UTC).replace(tzinfo=None)
_DECIMALS = 3
_TITLES = (
    "Datos inventados, en el formato del INEGI",
    "Matriz de insumo-producto birregional, industria por industria, 2018",
    "Millones de pesos a precios básicos",
)


def _coefficients() -> Floats:
    """Return shape (2n, 2n): what a peso of output buys of each industry of both regions."""
    bought = np.array([row[2] for row in _INDUSTRIES])
    weight = np.array([float(row[5]) for row in _INDUSTRIES])
    whole = np.outer(weight / weight.sum(), bought)
    first, second = _OWN
    return np.block([[first * whole, (1 - second) * whole], [(1 - first) * whole, second * whole]])


def _final() -> Floats:
    """Return shape (2n, 8): sales to each region's final uses, product taxes and imports apart."""
    weights = np.array([row[9] for row in _INDUSTRIES], dtype=np.float64)
    mix = weights / weights.sum(axis=0)
    blocks = []
    for region, spent in enumerate(_FINAL_MN):
        domestic = np.array(spent) * [1 - imports - taxes for _, imports, taxes in _USES]
        own = np.full(len(_USES), _OWN[region])
        own[-1] = 1.0  # each region exports its own
        parts = [mix * domestic * own, mix * domestic * (1 - own)]
        blocks.append(np.vstack(parts if region == 0 else parts[::-1]))
    return np.hstack(blocks)


def input_output_bytes() -> bytes:
    """Return the table as a workbook laid out as INEGI's bi-regional ones."""
    final = np.round(_final(), _DECIMALS)
    coefficients = _coefficients()
    output = np.linalg.solve(np.eye(len(coefficients)) - coefficients, final.sum(axis=1))
    flows = np.round(coefficients * output, _DECIMALS)
    output = flows.sum(axis=1) + final.sum(axis=1)
    imports, taxes = (
        np.round(np.tile(rates, 2) * output, _DECIMALS)
        for rates in ([row[3] for row in _INDUSTRIES], [row[4] for row in _INDUSTRIES])
    )
    added = output - flows.sum(axis=0) - imports - taxes
    spent = np.concatenate([np.array(region) for region in _FINAL_MN])
    final_imports, final_taxes = (
        np.round(np.tile(rates, 2) * spent, _DECIMALS)
        for rates in ([use[1] for use in _USES], [use[2] for use in _USES])
    )
    below = (
        ("Importaciones internacionales (c.i.f.)", np.append(imports, final_imports)),
        ("Impuestos netos de subsidios sobre los productos", np.append(taxes, final_taxes)),
        ("Valor agregado bruto", np.append(added, np.zeros(len(final_imports)))),
    )
    names = [f"{code} - {name}" for code, name, *_ in _INDUSTRIES]
    uses = [name for name, *_ in _USES]
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": _DATE})
        sheet = book.add_worksheet("MIP")
        for at, title in enumerate(_TITLES):
            sheet.write_string(at, 0, title)
        regions = [*(r for r in _REGIONS for _ in names), *(r for r in _REGIONS for _ in uses)]
        for at, (region, name) in enumerate(zip(regions, names * 2 + uses * 2, strict=True)):
            sheet.write_string(4, at + 2, region)
            sheet.write_string(5, at + 2, name)
        for at, row in enumerate(np.hstack([flows, final])):
            side, industry = divmod(at, len(names))
            sheet.write_string(6 + at, 0, _REGIONS[side])
            sheet.write_string(6 + at, 1, names[industry])
            _numbers(sheet, 6 + at, row)
        for at, (title, amounts) in enumerate(below, start=6 + len(flows)):
            sheet.write_string(at, 0, title)
            _numbers(sheet, at, amounts)
    return content.getvalue()


def _numbers(sheet: xlsxwriter.workbook.Worksheet, row: int, amounts: Floats) -> None:
    for at, amount in enumerate(amounts):
        sheet.write_number(row, at + 2, round(float(amount), _DECIMALS))


def account_rows() -> pd.DataFrame:
    """Return jobs and pay by region and industry, in the layout of the accounts by industry."""
    coefficients, final = _coefficients(), _final()
    output = np.linalg.solve(np.eye(len(coefficients)) - coefficients, final.sum(axis=1))
    rows = []
    for at, produced in enumerate(output):
        region, industry = divmod(at, len(_INDUSTRIES))
        code, name, bought, imports, taxes, _, per_mn, formal, pay, _ = _INDUSTRIES[industry]
        jobs = round(produced * per_mn)
        rows.append((
            name, _REGIONS[region], code, jobs, round(jobs * formal), jobs - round(jobs * formal),
            f"{produced * (1 - bought - imports - taxes):.3f}", f"{produced * taxes:.3f}",
            f"{produced * pay:.3f}",
        ))  # fmt: skip
    columns = ["sector", "region", "scian", "empleos", "formales", "informales",
               "valor_agregado_bruto", "impuestos_netos_subsidios_productos",
               "remuneracion_asalariados"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).astype("str")
