"""Equity of access in a build: a table by municipality or state, service and statistic."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.tables import Column, Level
from data.texts import Text
from geo.demand import SERVICE_DEMAND
from geo.equity import (
    Floats,
    Statistic,
    bootstrap,
    concentrations,
    fgts,
    ginis,
    palmas,
    theils,
    used_rows,
)  # fmt: skip
from geo.indicators import Indicator, Kind
from geo.levels import CODE_COLUMNS
from geo.pipeline.work import Work
from geo.publish import write_asset_table

EQUITY = "equidad"
RANKED, UNRANKED = "marginacion", "sin_orden"
_SOURCES = (
    "denue", "census_areas", "census_localities", "census_municipalities", "blocks", "agebs",
    "streets", "marginacion",
)  # fmt: skip
# Draws of each interval: enough for two digits of its ends.
_REPLICATES = 199
_SEED = 2020
_STATISTICS: tuple[tuple[str, str, Text, Text], ...] = (
    ("gini", "índice de 0 a 1", Text("Gini", "Gini"),
     Text("Desigualdad de los lugares por persona al alcance: 0 si a todas les tocan los mismos",
          "Inequality of places per person in reach: 0 if all have the same")),
    ("theil", "índice", Text("Theil", "Theil"),
     Text("T de Theil de los lugares por persona al alcance",
          "Theil's T of places per person in reach")),
    ("palma", "razón", Text("Palma", "Palma"),
     Text("Lugares por persona del décimo menos marginado entre los de los dos quintos más"
          " marginados",
          "Places per person of the least marginalised tenth over those of the two most"
          " marginalised fifths")),
    ("concentration", "índice de −1 a 1", Text("Concentración", "Concentration"),
     Text("Concentración según la marginación: bajo cero si el acceso está con quienes más"
          " marginación padecen",
          "Concentration by marginalisation: below zero if access lies with the most"
          " marginalised")),
    ("fgt0", "proporción", Text("Pobreza de acceso", "Access poverty"),
     Text("Proporción de personas con menos lugares por persona que la línea",
          "Share of people with fewer places per person than the line")),
    ("fgt1", "proporción", Text("Brecha de acceso", "Access gap"),
     Text("Lo que falta en promedio hasta la línea, como proporción de ella",
          "Mean shortfall below the line, as a share of it")),
    ("fgt2", "índice de 0 a 1", Text("Severidad", "Severity"),
     Text("Brecha al cuadrado: pesa más a quienes menos tienen",
          "Squared gap: weighs those who have least")),
)  # fmt: skip
_NEVER_NEGATIVE = {"gini", "theil", "palma", "fgt0", "fgt1", "fgt2"}
_KEYS: tuple[tuple[Column, Text, Kind], ...] = (
    (Column(name="level", dtype="str", required=True, values=("municipio", "entidad"),
            description=Text("Nivel del lugar", "Level of the place")),
     Text("Nivel", "Level"), "state"),
    (Column(name="cvegeo", dtype="str", required=True,
            description=Text("Clave del lugar", "Code of the place")),
     Text("Clave", "Code"), "identifier"),
    (Column(name="group", dtype="str", required=True,
            description=Text("Grupo de personas", "Group of people")),
     Text("Grupo", "Group"), "identifier"),
    (Column(name="service", dtype="str", required=True,
            description=Text("Servicio de cuidado", "Care service")),
     Text("Servicio", "Service"), "identifier"),
    (Column(name="ranked_by", dtype="str", required=True, values=(RANKED, UNRANKED),
            description=Text("Según qué se ordena a las personas para Palma y concentración",
                             "By what people are ranked for Palma and concentration")),
     Text("Orden", "Ranked by"), "state"),
    (Column(name="cells", dtype="float64", unit="celdas", minimum=0.0,
            description=Text("Celdas con acceso y demanda conocidos",
                             "Cells of known access and demand")),
     Text("Celdas", "Cells"), "count"),
    (Column(name="people", dtype="float64", unit="personas", minimum=0.0,
            description=Text("Personas en ellas (demanda potencial)",
                             "People in them (potential demand)")),
     Text("Personas", "People"), "count"),
    (Column(name="mean", dtype="float64", unit="lugares por persona", minimum=0.0,
            description=Text("Promedio de lugares por persona al alcance",
                             "Mean places per person in reach")),
     Text("Promedio", "Mean"), "rate"),
    (Column(name="line", dtype="float64", unit="lugares por persona", minimum=0.0,
            description=Text("Línea de pobreza de acceso", "Line of access poverty")),
     Text("Línea", "Line"), "rate"),
)  # fmt: skip


def equity(work: Work) -> None:
    """Publish how unequal access is within each municipality and state, with its intervals."""
    if work.cells is None or work.supply is None:
        work.cannot(
            EQUITY,
            Text("Sin acceso medido no hay desigualdad que medir",
                 "Without access measured there is no inequality to measure"),
        )  # fmt: skip
        return
    ranking = ranked_cells(work)
    if ranking is None:
        work.cannot(
            f"{EQUITY}_marginacion",
            Text("No se dio un índice de marginación: no se calculan la concentración ni la razón"
                 " de Palma",
                 "No marginalisation index was given: neither concentration nor the Palma ratio is"
                 " computed"),
        )  # fmt: skip
    rows = list(_rows(work, ranking))
    if not rows:
        work.cannot(
            EQUITY,
            Text("No se conocen los lugares de los centros de ningún servicio",
                 "The places of the centres of no service are known"),
        )  # fmt: skip
        return
    indicators = tuple(_indicators(has_ranking=ranking is not None))
    work.assets.append(
        write_asset_table(
            pd.DataFrame(rows).sort_values(["level", "cvegeo", "group", "service"]),
            asset_id=EQUITY,
            title=Text("Equidad del acceso", "Equity of access"),
            description=Text(
                "Cuán desigual es el acceso a lugares de cuidado entre las personas de cada lugar,"
                " con intervalos de 95 % por remuestreo de AGEB",
                "How unequal access to places of care is among the people of each place, with 95 %"
                " intervals by resampling AGEB",
            ),
            indicators=indicators,
            version=work.staged,
            licences=work.inputs.licences,
            method=EQUITY,
        )
    )


def ranked_cells(work: Work) -> pd.Series | None:
    """Return the index of each cell's AGEB, or of its locality; higher is better off."""
    table, cells = work.inputs.marginalisation, work.demand.cells
    if table is None:
        return None
    index = table.set_index("cvegeo")["marginalisation_index"]
    return cells["ageb"].map(index).fillna(cells["locality"].map(index))


def _rows(work: Work, ranking: pd.Series | None) -> Iterator[dict[str, object]]:
    cells, supply = work.cells, work.supply
    if cells is None or supply is None:
        return
    line = 1.0 / work.method.deserts.children_per_place
    published = {layer.level: frozenset(layer.frame["cvegeo"])
                 for layer in work.layers if layer.level is not None}  # fmt: skip
    rank = np.full(len(cells), np.nan) if ranking is None else ranking.to_numpy("float64")
    # Cells outside any AGEB are drawn by themselves.
    cluster = cells["ageb"].fillna(cells["cell_id"]).to_numpy()
    for level in (Level.MUNICIPALITY, Level.STATE):
        if level not in published:
            continue
        codes = cells[CODE_COLUMNS[level]]
        for code in sorted(published[level].intersection(codes.dropna())):
            inside = (codes == code).to_numpy()
            for name, service in supply.services.services.items():
                access = cells[f"e2sfca_{name}"].to_numpy("float64")
                people = cells[SERVICE_DEMAND[name]].fillna(0.0).to_numpy("float64")
                used = inside & used_rows(access, weights=people)
                if not used.any():
                    continue
                found = place_equity(access[used], people[used], rank[used], cluster[used], line)
                yield {
                    "level": level.value,
                    "cvegeo": code,
                    "group": service.group,
                    "service": name,
                    "ranked_by": UNRANKED if ranking is None else RANKED,
                    **found,
                }


def place_equity(
    access: Floats,
    people: Floats,
    rank: Floats,
    clusters: npt.NDArray[np.object_],
    line: float,
) -> dict[str, float]:
    """Return every statistic of the people of one place, with its interval.

    Parameters
    ----------
    access
        Shape (n,), places per person in reach of each cell.
    people
        Shape (n,), above zero.
    rank
        Shape (n,), what people are ranked by, from worst to best off; NaN where unknown.
    clusters
        Shape (n,), AGEB of each cell: drawn whole, since their cells resemble each other.
    line
        Access below which a person is poor in it.
    """
    statistics: dict[str, Statistic] = {
        "gini": lambda times: ginis(access, people * times),
        "theil": lambda times: theils(access, people * times),
        "palma": lambda times: palmas(access, people * times, rank),
        "concentration": lambda times: concentrations(access, people * times, rank),
        "fgt0": lambda times: fgts(access, people * times, line, alpha=0),
        "fgt1": lambda times: fgts(access, people * times, line, alpha=1),
        "fgt2": lambda times: fgts(access, people * times, line, alpha=2),
    }
    found = {
        "cells": float(len(access)),
        "people": float(people.sum()),
        "mean": float(np.average(access, weights=people)),
        "line": line,
    }
    for name, statistic in statistics.items():
        if name in ("palma", "concentration") and np.isnan(rank).all():
            found |= {name: np.nan, f"{name}_low": np.nan, f"{name}_high": np.nan}
            continue
        interval = bootstrap(
            statistic, len(access), clusters=clusters, replicates=_REPLICATES, seed=_SEED
        )
        found |= {name: interval.estimate, f"{name}_low": interval.low,
                  f"{name}_high": interval.high}  # fmt: skip
    return found


def _indicators(*, has_ranking: bool) -> Iterator[Indicator]:
    sources = _SOURCES if has_ranking else _SOURCES[:-1]
    for column, title, kind in _KEYS:
        yield Indicator(column=column, title=title, kind=kind, sources=sources, method=EQUITY)
    ends = {
        "": Text("", ""),
        "_low": Text("; extremo inferior del intervalo de 95 %", "; low end of the 95 % interval"),
        "_high": Text(
            "; extremo superior del intervalo de 95 %", "; high end of the 95 % interval"
        ),
    }
    for name, unit, title, description in _STATISTICS:
        for end, words in ends.items():
            yield Indicator(
                column=Column(
                    name=f"{name}{end}",
                    dtype="float64",
                    unit=unit,
                    minimum=0.0 if name in _NEVER_NEGATIVE else -1.0,
                    description=Text(description.es + words.es, description.en + words.en),
                ),
                title=Text(title.es + words.es, title.en + words.en),
                kind="index",
                sources=sources,
                method=EQUITY,
                higher_is="neutral",
            )
