"""What an atlas carries for the simulator: people by year, and the matrix with its accounts."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import MissingInputError, NotComputedError, ParameterError, Where
from data.inputoutput import Industry, InputOutputTable
from data.tables import Level
from data.texts import Text
from geo.artifacts import Manifest, read_manifest
from geo.simulator.leontief import LeontiefModel
from geo.simulator.scenario import CENSUS_YEAR
from geo.simulator.setting import BOUNDS, NO_MATRIX, Setting

PEOPLE, PLACES, INDUSTRIES, CELLS = (
    "simulador_poblacion", "simulador_lugares", "simulador_sectores", "simulador_matriz",
)  # fmt: skip
# Band of the projections each demand variable grows with; disability grows with everybody.
GROWS_WITH: Mapping[str, tuple[str, ...]] = {
    "children_0_2": ("0-14",),
    "children_3_5": ("0-14",),
    "children_6_11": ("0-14",),
    "older_65_plus": ("65+",),
    "disability": ("0-14", "15-29", "30-44", "45-64", "65+"),
}
_BELOW = ("importaciones", "impuestos", "valor_agregado")


def people_by_year(
    counts: pd.DataFrame, projections: pd.DataFrame, year: int
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the people of each municipality, year and group.

    ``people(g, m, y) = count(g, m) · C(band, m, y) / C(band, m, year)``: a municipality's count
    grows as CONAPO's band of its age does.

    Parameters
    ----------
    counts
        Indexed by ``cvegeo``: demand variables, of ``year``.
    projections
        ``data.projections.PROJECTIONS`` rows.
    year
        Year the counts are of.

    Returns
    -------
    DataFrame
        ``cvegeo``, ``year`` (from ``year`` on), ``variable``, ``people``; groups nobody counted
        are left out.
    tuple of str
        Municipalities left out: the projections or the census do not tell of them.

    Raises
    ------
    MissingInputError
        If the projections lack the year, or every municipality.
    """
    wide = projections[projections["year"] >= year].pivot_table(
        index=["cvegeo", "age"], columns="year", values="population"
    )
    known = [name for name in GROWS_WITH if name in counts and counts[name].notna().any()]
    projected = set(wide.index.get_level_values("cvegeo"))
    whole = counts.index[counts[known].notna().all(axis=1) & counts.index.isin(projected)]
    if year not in wide.columns or not len(whole) or not known:
        raise MissingInputError(
            Text("Las proyecciones no traen los municipios o el año de la demanda",
                 "The projections lack the municipalities or the year of demand"),
            where=Where(column="geoid", value=", ".join(sorted(counts.index)[:5]) or year),
            remedy=Text("Dé las proyecciones municipales completas",
                        "Give the complete municipal projections"),
        )  # fmt: skip
    parts = []
    for variable in known:
        inside = wide.index.get_level_values("age").isin(GROWS_WITH[variable])
        band = wide[inside].groupby(level="cvegeo").sum().loc[whole]
        grown = band.div(band[year], axis=0).mul(counts.loc[whole, variable], axis=0)
        long = grown.rename_axis(columns="year").stack().rename("people").reset_index()  # noqa: PD013
        parts.append(long.assign(variable=variable))
    rows = pd.concat(parts, ignore_index=True)[["cvegeo", "year", "variable", "people"]]
    rows = rows.astype({"cvegeo": "str", "variable": "str", "year": "int64"})
    left_out = tuple(sorted(set(counts.index) - set(whole)))
    return rows.sort_values(["cvegeo", "year", "variable"], ignore_index=True), left_out


def matrix_tables(model: LeontiefModel, region: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a model as two tables: its industries with their accounts, and its cells."""
    table = model.table
    industries = pd.DataFrame(
        {
            "region": [industry.region for industry in table.industries],
            "code": [industry.code for industry in table.industries],
            "name": [industry.name for industry in table.industries],
            "own": [industry.region == region for industry in table.industries],
            "year": table.year,
            "wages": model.wages,
            "jobs": model.jobs,
            "formal_jobs": model.formal_jobs,
        }
    ).astype({"region": "str", "code": "str", "name": "str", "year": "int64"})
    keys = [f"{industry.region} {industry.code}" for industry in table.industries]
    whole = np.block(
        [
            [table.flows, table.final],
            [table.imports[None, :], table.final_imports[None, :]],
            [table.taxes[None, :], table.final_taxes[None, :]],
            [table.value_added[None, :], np.zeros((1, len(table.final_uses)))],
        ]
    )
    sellers, buyers = [*keys, *_BELOW], [*keys, *table.final_uses]
    held = whole != 0
    # Imports of final uses stay, zero or not: their order is that of the uses.
    held[len(keys), len(keys) :] = True
    at, to = np.nonzero(held)
    cells = pd.DataFrame(
        {
            "seller": [sellers[i] for i in at],
            "buyer": [buyers[j] for j in to],
            "final": [bool(j >= len(keys)) for j in to],
            "amount_mn": whole[at, to],
        }
    ).astype({"seller": "str", "buyer": "str"})
    return industries, cells


def model_from_tables(industries: pd.DataFrame, cells: pd.DataFrame) -> tuple[LeontiefModel, str]:
    """Return the model of two tables made by ``matrix_tables``, and its own region."""
    keys = (industries["region"] + " " + industries["code"]).tolist()
    uses = tuple(cells.loc[cells["final"] & (cells["seller"] == _BELOW[0]), "buyer"])
    rows = {name: at for at, name in enumerate([*keys, *_BELOW])}
    columns = {name: at for at, name in enumerate([*keys, *uses])}
    whole = np.zeros((len(rows), len(columns)))
    whole[cells["seller"].map(rows), cells["buyer"].map(columns)] = cells["amount_mn"]
    n = len(keys)
    table = InputOutputTable(
        industries=tuple(
            Industry(*row)
            for row in industries[["region", "code", "name"]].itertuples(index=False, name=None)
        ),
        flows=whole[:n, :n],
        final_uses=uses,
        final=whole[:n, n:],
        imports=whole[n, :n],
        taxes=whole[n + 1, :n],
        value_added=whole[n + 2, :n],
        final_imports=whole[n, n:],
        final_taxes=whole[n + 1, n:],
        year=int(industries["year"].iloc[0]),
    )
    wages, jobs, formal = (
        industries[name].to_numpy("float64") for name in ("wages", "jobs", "formal_jobs")
    )
    return LeontiefModel(table, wages, jobs, formal), industries.loc[
        industries["own"], "region"
    ].iloc[0]


def read_setting(
    version: Path,
    *,
    projections: pd.DataFrame | None = None,
    model: LeontiefModel | None = None,
    region: str | None = None,
) -> Setting:
    """Return the setting of all the municipalities of an atlas.

    Parameters
    ----------
    version
        Folder of an atlas version with municipalities.
    projections
        ``data.projections.PROJECTIONS`` rows to use instead of the people the atlas carries.
    model, region
        Input-output model to use instead of the atlas's, and its region where the plan is carried
        out; the model's first unless given.

    Raises
    ------
    NotComputedError
        If the atlas has no municipalities, or carries no people by year and none are given.
    MissingInputError
        If the projections lack the municipalities or the year.
    ParameterError
        If the model has no such region.
    """
    manifest = read_manifest(version)
    layer = manifest.layer(Level.MUNICIPALITY.layer)
    if layer is None:
        raise NotComputedError(
            Text("El atlas no tiene municipios", "The atlas has no municipalities"),
            remedy=Text("Constrúyalo con datos censales por municipio",
                        "Build it with census data by municipality"),
        )  # fmt: skip
    held = {column.name for column in layer.columns}
    wanted = [n for n in ("cvegeo", "name", "women_12_plus", *GROWS_WITH) if n in held]
    table = pd.read_parquet(version / layer.table.path, columns=wanted).set_index("cvegeo")
    people = (
        _asset(version, manifest, PEOPLE)
        if projections is None
        else people_by_year(table, projections, _demand_year(manifest))[0]
    )
    if people is None:
        raise NotComputedError(
            _reason(manifest, PEOPLE)
            or Text("El atlas no trae población por año", "The atlas carries no people by year"),
            remedy=Text("Constrúyalo con proyecciones del CONAPO entre las fuentes, o delas",
                        "Build it with CONAPO's projections among the sources, or give them"),
        )  # fmt: skip
    codes = sorted(people["cvegeo"].unique())
    women = table["women_12_plus"].reindex(codes) if "women_12_plus" in table else None
    chosen, own = _model(version, manifest, model)
    return Setting(
        people={
            str(variable): {
                int(year): column.reindex(codes).to_numpy("float64")
                for year, column in rows.pivot_table(
                    index="cvegeo", columns="year", values="people"
                ).items()
            }
            for variable, rows in people.groupby("variable")
        },
        places=_places(version, manifest, codes),
        model=chosen,
        region=_region(chosen, region or own),
        women_12_plus=women.to_numpy("float64")
        if women is not None and women.notna().all()
        else None,
        municipalities={code: str(table["name"].get(code, code)) for code in codes},
        no_model=_reason(manifest, CELLS) or NO_MATRIX,
    )


def _places(
    version: Path, manifest: Manifest, codes: list[str]
) -> dict[str, dict[str, np.ndarray]]:
    rows = _asset(version, manifest, PLACES)
    if rows is None:
        return {}
    names = dict(zip(BOUNDS, ("places_low", "places", "places_high"), strict=True))
    found = {}
    for service, held in rows.groupby("service"):
        own = held.set_index("cvegeo").reindex(codes)
        if own["places"].notna().any():
            found[str(service)] = {b: own[name].to_numpy("float64") for b, name in names.items()}
    return found


def _model(
    version: Path, manifest: Manifest, given: LeontiefModel | None
) -> tuple[LeontiefModel | None, str]:
    if given is not None:
        return given, given.table.regions[0]
    industries = _asset(version, manifest, INDUSTRIES)
    cells = _asset(version, manifest, CELLS)
    if industries is None or cells is None:
        return None, ""
    return model_from_tables(industries, cells)


def _region(model: LeontiefModel | None, region: str) -> str:
    if model is None or region in model.table.regions:
        return region if model is not None else ""
    raise ParameterError(
        Text("La matriz no tiene esa región", "The table has no such region"),
        where=Where(column="region", value=region),
        remedy=Text(f"Tiene: {', '.join(model.table.regions)}",
                    f"It has: {', '.join(model.table.regions)}"),
    )  # fmt: skip


def _asset(version: Path, manifest: Manifest, name: str) -> pd.DataFrame | None:
    record = manifest.asset(name)
    return None if record is None else pd.read_parquet(version / record.file.path)


def _reason(manifest: Manifest, what: str) -> Text | None:
    return next(
        (item.reason.text for item in manifest.not_computed if item.what == what), None
    )  # fmt: skip


def _demand_year(manifest: Manifest) -> int:
    carried = manifest.method.get("demand", {}).get("year")
    return CENSUS_YEAR if carried is None else int(carried)
