"""Girls and boys, older women and men: what is published, what is bounded, what adds up."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.catalog import open_source_folder
from data.census import CensusReading, read_census_areas, read_census_localities
from data.tables import Dropped, Level
from geo.demand import CENSUS_COLUMNS, SEX_CODES, SEXES, Demand, DemandMethod, build_demand
from geo.demand.by_sex import scale_sexes

MUNICIPALITY, LOCALITY = "01001", "010010001"
AGEBS = (LOCALITY + "0011", LOCALITY + "0026", LOCALITY + "0030")
CODES = ("POBTOT", "P_0A2", "P_0A2_F", "P_0A2_M")
HIDDEN = None
MERIDA = Path(__file__).parents[1] / "real" / "sources" / "merida.toml"
Rows = Mapping[str, tuple[float | None, ...]]


def _made(rows: Rows, absent: tuple[str, ...] = (), method: DemandMethod | None = None) -> Demand:
    level = {5: "municipio", 9: "localidad", 13: "ageb"}
    values = pd.DataFrame.from_dict(rows, orient="index", columns=list(CODES)).astype("float64")
    hidden = values.isna() & ~values.columns.isin(absent)
    columns = [*CENSUS_COLUMNS, *SEX_CODES]
    table = values.reindex(columns=columns).reset_index(names="cvegeo").assign(
        level=[level[len(code)] for code in rows], name=None, lon=np.nan, lat=np.nan, TVIVHAB=50.0
    )  # fmt: skip
    masked = hidden.reindex(columns=columns, fill_value=False).reset_index(drop=True)
    reading = CensusReading(table, masked, Dropped())
    return build_demand(reading, None, None, {}, method=method or DemandMethod())


def _agebs(made: Demand) -> pd.DataFrame:
    return made.tables[Level.AGEB].set_index("cvegeo")


def test_a_hidden_sex_beside_a_published_age_is_what_the_other_leaves() -> None:
    whole = (300.0, 12.0, 7.0, 5.0)
    agebs = _agebs(_made({
        MUNICIPALITY: whole, LOCALITY: whole,
        AGEBS[0]: (200.0, 9.0, 7.0, HIDDEN), AGEBS[1]: (100.0, 3.0, HIDDEN, HIDDEN),
    }))  # fmt: skip
    first, second = agebs.loc[AGEBS[0]], agebs.loc[AGEBS[1]]
    assert (first["girls_0_2"], first["girls_0_2_status"]) == (7.0, "publicado")
    assert (first["boys_0_2"], first["boys_0_2_status"]) == (2.0, "estimado")
    assert (first["boys_0_2_low"], first["boys_0_2_high"]) == (2.0, 2.0)
    # Of three, each at most two: one or two girls; the locality has none left.
    assert (second["girls_0_2_low"], second["girls_0_2_high"]) == (1.0, 2.0)
    assert second["girls_0_2"] + second["boys_0_2"] == 3.0


def test_estimates_fill_what_published_places_leave_of_the_parent() -> None:
    whole = (400.0, 11.0, 6.0, 5.0)
    agebs = _agebs(_made({
        MUNICIPALITY: whole, LOCALITY: whole, AGEBS[0]: (200.0, 5.0, 3.0, 2.0),
        AGEBS[1]: (100.0, 3.0, HIDDEN, HIDDEN), AGEBS[2]: (100.0, 3.0, HIDDEN, HIDDEN),
    }))  # fmt: skip
    assert agebs["girls_0_2"].sum() == pytest.approx(6.0)
    assert agebs["boys_0_2"].sum() == pytest.approx(5.0)
    assert agebs.loc[list(AGEBS[1:]), "girls_0_2"].tolist() == pytest.approx([1.5, 1.5])


def test_a_file_without_the_sexes_leaves_them_out_and_one_level_without_leaves_them_unknown() -> (
    None
):
    whole = (100.0, 4.0, HIDDEN, HIDDEN)
    absent = ("P_0A2_F", "P_0A2_M")
    assert "girls_0_2" not in _made({LOCALITY: whole, AGEBS[0]: whole}, absent).tables[Level.AGEB]
    told = {LOCALITY: (100.0, 4.0, 3.0, 1.0), AGEBS[0]: whole}
    ageb = _agebs(_made(told, absent)).iloc[0]
    assert np.isnan(ageb["girls_0_2"])
    assert ageb["girls_0_2_status"] == "desconocido"
    assert (ageb["girls_0_2_low"], ageb["girls_0_2_high"]) == (0.0, 4.0)
    shared = DemandMethod(missing="municipal_shares")
    ageb = _agebs(_made(told, absent, shared)).iloc[0]
    assert (ageb["girls_0_2"], ageb["boys_0_2"]) == (3.0, 1.0)
    assert ageb["girls_0_2_low"] == pytest.approx(3.0 * 0.74)
    assert ageb["girls_0_2_high"] == pytest.approx(3.0 * 1.27)


def test_the_sexes_grow_with_their_age() -> None:
    table = _agebs(_made({LOCALITY: (9.0, 4.0, 3.0, 1.0), AGEBS[0]: (9.0, 4.0, 3.0, 1.0)}))
    made = scale_sexes(table, {pair.whole.name: table[pair.whole.name] * 2 for pair in SEXES})
    assert made["girls_0_2"].tolist() == [6.0]
    assert made["girls_0_2_status"].tolist() == ["estimado"]


def _coherent(table: pd.DataFrame) -> None:
    for pair in SEXES:
        for side in (pair.female.name, pair.male.name):
            value, low, high = (table[f"{side}{end}"] for end in ("", "_low", "_high"))
            known = value.notna()
            assert (low[known] <= value[known] + 1e-6).all()
            assert (value[known] <= high[known] + 1e-6).all()
            assert (low[known] >= 0).all()
        both = table[pair.female.name] + table[pair.male.name]
        whole = table[pair.whole.name]
        told = both.notna()
        assert whole[told].notna().all()
        assert np.abs(both - whole)[told].max() < 1e-6


def test_the_real_agebs_of_merida_add_up(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUIDADOS_REAL_DATA", str(real_data))
    source = open_source_folder(MERIDA).files["census_areas"]
    areas = read_census_areas(
        source.paths, [*CENSUS_COLUMNS, *SEX_CODES], columns=source.columns, absent=source.absent
    )
    made = build_demand(areas, None, None, {}, method=DemandMethod(zeros_hidden=True))
    table = made.tables[Level.AGEB]
    _coherent(table)
    assert (table["girls_0_2_status"] == "publicado").sum() > 450
    city = table[table["cvegeo"].str.startswith("310500001")]
    assert city["girls_0_2"].notna().equals(city["children_0_2"].notna())
    assert (city["girls_0_2_status"] == "estimado").sum() > 0


def test_the_real_localities_of_aguascalientes_add_up_to_their_municipality(
    real_data: Path,
) -> None:
    source = real_data / "census" / "iter_01" / "conjunto_de_datos_iter_01CSV20.csv"
    read = read_census_localities([source], [*CENSUS_COLUMNS, *SEX_CODES])
    made = build_demand(None, read, None, {}, method=DemandMethod())
    municipalities = made.tables[Level.MUNICIPALITY].set_index("cvegeo")
    for level in (Level.STATE, Level.MUNICIPALITY, Level.LOCALITY):
        _coherent(made.tables[level])
    assert (municipalities["women_60_plus_status"] == "publicado").all()
    state = made.tables[Level.STATE].iloc[0]
    assert state["women_60_plus"] == municipalities["women_60_plus"].sum()
