"""How well hidden counts are estimated, on tables whose truth is known because we hid it.

python benchmarks/suppression.py [--out docs/suppression.md]

Counts are hidden by INEGI's rule, the estimate is run on what is left, and compared with the truth:
the share of the bounds that hold it, and the mean absolute error against three naive choices.
"""

import argparse
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.catalog import open_source_folder
from data.demo import draw_city
from data.tables import Level
from geo.demand import CENSUS_COLUMNS, DemandMethod, build_demand
from geo.demand.variables import COUNTS, DWELLINGS, RELATIONS, VARIABLES
from geo.inputs import read_inputs
from geo.progress import Progress

ROOT = Path(__file__).parents[1]
SMALL = 2
FEW_DWELLINGS = 3
AREA = 13  # characters of the code of an AGEB: small counts of it and of its blocks are hidden
HARD_COUNT = 10.0
SEED = 2020
HIDDEN_ROWS = 0.2
# Variables of one census code: the others are sums of these.
SINGLE = {v.name: v.codes[0] for v in VARIABLES if len(v.codes) == 1 and v.name != "population"}
SHOWN = ("children_0_2", "children_3_5", "children_6_11", "older_65_plus", "disability",
         "insured_imss", "insured_issste", "uninsured")  # fmt: skip
PREFACE = """Made by `python benchmarks/suppression.py`. Counts are hidden by INEGI's rule in tables
whose truth is known, estimated from what is left (`geo.demand`), and compared. *Covered*: share of
the bounds that hold the truth. *To one*: share whose bounds leave one value. Then the mean absolute
error, in people, of the estimate and of three naive choices: zero; the people missing from the
level above shared equally among its hidden cells; half of what the rule allows. The copy of Mérida
holds no count of 1 or 2, which INEGI hid, so a harder rule is put to it; rows that break the
census's own sums are left out."""


@dataclass(frozen=True)
class Case:
    """A table of true counts by place, the cells hidden of it, and the highest count so hidden."""

    title: str
    level: Level
    truth: pd.DataFrame
    hidden: pd.DataFrame
    small_count: float = SMALL


@dataclass(frozen=True)
class Census:
    """What `build_demand` reads of a census."""

    table: pd.DataFrame
    confidential: pd.DataFrame


def by_rule(truth: pd.DataFrame, small_count: float = SMALL) -> pd.DataFrame:
    """Return the cells INEGI's rule hides: small counts of small areas, rows of few dwellings."""
    length = truth.index.str.len()
    hidden = pd.DataFrame(data=False, index=truth.index, columns=truth.columns)
    codes = [code for code in COUNTS if code != "POBTOT"]
    small = truth[codes].ge(1.0) & truth[codes].le(small_count)
    small &= (length >= AREA).reshape(-1, 1)
    few = truth[DWELLINGS].between(1, FEW_DWELLINGS - 1).to_numpy() & (length >= 9)
    hidden[codes] = small.to_numpy() | few.reshape(-1, 1)
    return hidden


def merida(real_data: Path) -> pd.DataFrame:
    """Return the true counts of Mérida's AGEB, damaged rows left out, and of their localities."""
    os.environ["CUIDADOS_REAL_DATA"] = str(real_data)
    folder = open_source_folder(ROOT / "tests" / "real" / "sources" / "merida.toml")
    inputs = read_inputs(
        folder,
        classes=(),
        variables=CENSUS_COLUMNS,
        progress=Progress(steps=99, stream=io.StringIO()),
    )
    table = inputs.census["census_areas"].table
    agebs = table[table["level"] == "ageb"].set_index("cvegeo")[list(CENSUS_COLUMNS)]
    # The copier wrote hidden counts as zero: rows without young children are not to be trusted.
    kept = agebs[(agebs["P_0A2"] > 0) & (agebs["POBTOT"] > 0)]
    closed = pd.Series(data=True, index=kept.index)
    for relation in RELATIONS:
        excess = kept[list(relation.parts)].sum(axis=1) - kept[relation.whole]
        closed &= excess.abs().lt(1) if relation.exact else excess.lt(1)
    return _with_totals(kept[closed])


def _with_totals(places: pd.DataFrame) -> pd.DataFrame:
    parts = [places]
    for length in (9, 5):
        code = places.index.str[:length]
        if length < len(places.index[0]):
            parts.append(places.groupby(code).sum())
    return pd.concat(parts).sort_index()


def cases(real_data: Path | None) -> Iterator[Case]:
    """Yield every case; those of Mérida only where its data is at hand."""
    truth = draw_city().truth.reindex(columns=list(CENSUS_COLUMNS)).astype("float64")
    truth = truth[truth.index.str.len() >= 5]
    yield Case("Embedded city, blocks, INEGI's rule", Level.BLOCK, truth, by_rule(truth))
    if real_data is None:
        return
    # The copy of Mérida holds no count of 1 or 2, which INEGI hid: a harder rule is put to it.
    city = merida(real_data)
    hidden = by_rule(city, HARD_COUNT)
    yield Case("Mérida, AGEB, counts of 1 to 10 hidden", Level.AGEB, city, hidden, HARD_COUNT)
    rng = np.random.default_rng(SEED)
    whole = (city.index.str.len() == AREA) & (rng.random(len(city)) < HIDDEN_ROWS)
    rows = pd.DataFrame(data=False, index=city.index, columns=city.columns)
    rows.loc[whole, [code for code in COUNTS if code != "POBTOT"]] = True
    yield Case("Mérida, AGEB, one whole row in five hidden", Level.AGEB, city, rows)


def assess(case: Case) -> pd.DataFrame:
    """Return one row a variable: hidden cells, coverage and mean absolute errors."""
    table = case.truth.mask(case.hidden)
    # A row hidden whole is one of few dwellings: the estimate is told so, as in the census.
    gone = case.hidden[[code for code in COUNTS if code != "POBTOT"]].all(axis=1)
    table.loc[gone, DWELLINGS] = 1.0
    level = {2: "entidad", 5: "municipio", 9: "localidad", 13: "ageb", 16: "manzana"}
    table.insert(0, "cvegeo", table.index)
    table.insert(1, "level", table.index.str.len().map(level))
    table.insert(2, "name", None)
    made = build_demand(
        Census(table.reset_index(drop=True), case.hidden.reset_index(drop=True)),
        None, None, {}, method=DemandMethod(small_count=case.small_count),
    ).tables[case.level].set_index("cvegeo")  # fmt: skip
    rows = {}
    for name, code in SINGLE.items():
        hidden = case.hidden.loc[made.index, code].to_numpy()
        if hidden.any():
            rows[name] = _assess(case, made, name, code, hidden, gone)
    return pd.DataFrame.from_dict(rows, orient="index")


def _assess(
    case: Case, made: pd.DataFrame, name: str, code: str, hidden: np.ndarray, gone: pd.Series
) -> dict[str, float]:
    truth = case.truth.loc[made.index, code].to_numpy()[hidden]
    value, low, high = (made[f"{name}{side}"].to_numpy()[hidden] for side in ("", "_low", "_high"))
    parent = made.index.str[: {Level.BLOCK: 13, Level.AGEB: 9}[case.level]][hidden]
    missing = pd.Series(truth).groupby(parent.to_numpy()).transform("mean").to_numpy()
    population = case.truth.loc[made.index, "POBTOT"].to_numpy()[hidden]
    most = np.where(gone.reindex(made.index).to_numpy()[hidden], population, case.small_count)
    error = {
        "method": value, "zero": np.zeros(len(truth)), "equal share": missing, "half": most / 2,
    }  # fmt: skip
    return {
        "hidden": len(truth),
        "covered": float(((low <= truth + 1e-9) & (truth <= high + 1e-9)).mean()),
        "known to one": float((high - low < 1e-9).mean()),
        "unknown": float(np.isnan(value).sum()),
        **{key: float(np.nanmean(np.abs(guess - truth))) for key, guess in error.items()},
    }


def summarise(table: pd.DataFrame) -> pd.Series:
    """Return the whole of a case: every hidden cell weighs the same."""
    weight = table["hidden"]
    means = {
        key: float((table[key] * weight).sum() / weight.sum())
        for key in table.columns
        if key not in {"hidden", "unknown"}
    }
    return pd.Series({"hidden": weight.sum(), "unknown": table["unknown"].sum(), **means})


def report(real_data: Path | None) -> str:
    """Return the whole account as Markdown."""
    blocks = ["# Hidden counts: how well they are estimated", PREFACE]
    for case in cases(real_data):
        table = assess(case)
        every = summarise(table).to_frame(f"all {len(table)} variables").T
        shown = pd.concat([table.loc[[name for name in SHOWN if name in table.index]], every])
        lines = [
            "| variable | hidden | covered | to one | estimate | zero | equal share | half |",
            "|---|---|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {name} | {row['hidden']:,.0f} | {100 * row['covered']:.1f} % | "
            f"{100 * row['known to one']:.0f} % | {row['method']:.3f} | {row['zero']:.3f} | "
            f"{row['equal share']:.3f} | {row['half']:.3f} |"
            for name, row in shown.iterrows()
        ]
        blocks += [f"## {case.title}", "\n".join(lines)]
    return "\n\n".join(blocks) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    real_data = Path(os.environ.get("CUIDADOS_REAL_DATA", ROOT.parent / "shared" / "data"))
    text = report(real_data if real_data.is_dir() else None)
    if chosen.out is None:
        print(text)
    else:
        chosen.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
