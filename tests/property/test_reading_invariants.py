"""What holds for any file and any two editions."""

import string
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from data.archives import Member, find_encoding, open_text
from data.census import read_census_areas, read_census_localities
from data.places import complete_code, level_of, pad
from data.rows import Layout, iterate_rows
from data.texts import Text
from geo.editions import compare_editions, match_editions

ACCENTED = string.ascii_letters + "áéíóúüñÁÉÍÓÚÜÑ°¿¡"
SHORT = settings(max_examples=25, deadline=None)


def _written(content: bytes, folder: str) -> Path:
    path = Path(folder) / "a.csv"
    path.write_bytes(content)
    return path


@given(
    st.text(ACCENTED + ' ,"\n\r', max_size=60), st.sampled_from(["latin-1", "utf-8", "utf-8-sig"])
)
@SHORT
def test_text_comes_back_in_whichever_encoding(text: str, encoding: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        member = Member(_written(text.encode(encoding), folder))
        try:
            text.encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            # Latin-1 that happens to be UTF-8 cannot be told from it.
            assert find_encoding(member) == "utf-8-sig"
            return
        with open_text(member) as stream:
            assert stream.read() == text


@given(
    st.lists(
        st.tuples(st.text(ACCENTED + ' ,"', max_size=12), st.text(ACCENTED + ' ,"', max_size=12)),
        max_size=8,
    ),
    st.sampled_from(["utf-8", "utf-8-sig"]),
)
@SHORT
def test_any_table_is_read_as_it_was_written(rows: list[tuple[str, str]], encoding: str) -> None:
    table = pd.DataFrame(rows, columns=["A", "B"], dtype="str")
    layout = Layout(kind=Text("", ""), wanted=("A", "B"))
    with tempfile.TemporaryDirectory() as folder:
        content = table.to_csv(index=False, quoting=1).encode(encoding)
        chunks = [chunk for _, _, chunk in iterate_rows(_written(content, folder), layout)]
    found = pd.concat(chunks, ignore_index=True)
    assert found.to_dict("list") == table.to_dict("list")


@given(st.integers(1, 32), st.integers(1, 570), st.integers(1, 9999))
@SHORT
def test_padded_and_unpadded_keys_are_one(state: int, municipality: int, locality: int) -> None:
    whole = f"{state:02d}{municipality:03d}{locality:04d}"
    for number, width in ((state, 2), (municipality, 3), (locality, 4)):
        forms = [str(number), f"{number}.0", f" {number:0{width}d} "]
        assert set(pad(pd.Series(forms), width)) == {f"{number:0{width}d}"}
    spoiled = pd.Series([whole, str(int(whole)), f"{int(whole)}.0", f" {whole}"])
    assert set(complete_code(spoiled)) == {whole}
    assert set(level_of(complete_code(spoiled))) == {"localidad"}


@given(st.integers(14 * 3_600_000 + 1_200_000, 32 * 3_600_000),
       st.integers(87 * 3_600_000, 118 * 3_600_000))  # fmt: skip
@SHORT
def test_degrees_minutes_and_seconds_come_back(lat_ms: int, lon_ms: int) -> None:
    def written(thousandths: int, side: str) -> str:
        degrees, rest = divmod(thousandths, 3_600_000)
        minutes, rest = divmod(rest, 60_000)
        return f"{degrees}°{minutes:02d}'{rest // 1000:02d}.{rest % 1000:03d}\" {side}"

    header = "ENTIDAD,NOM_ENT,MUN,NOM_MUN,LOC,NOM_LOC,LONGITUD,LATITUD,POBTOT\n"
    row = f"01,A,001,B,0001,C,{written(lon_ms, 'W')},{written(lat_ms, 'N')},5\n"
    with tempfile.TemporaryDirectory() as folder:
        table = read_census_localities(
            [_written((header + row).encode(), folder)], ["POBTOT"]
        ).table
    assert table["lon"].iloc[0] == pytest.approx(-lon_ms / 3_600_000, abs=1e-9)
    assert table["lat"].iloc[0] == pytest.approx(lat_ms / 3_600_000, abs=1e-9)


@given(st.lists(st.one_of(st.integers(0, 9999).map(str), st.sampled_from(["*", "N/D", ""])),
                min_size=1, max_size=20))  # fmt: skip
@SHORT
def test_a_figure_is_told_hidden_or_missing_and_never_made_zero(figures: list[str]) -> None:
    text = "CVEGEO,POBTOT\n" + "".join(f'{n:05d},"{f}"\n' for n, f in enumerate(figures, 10_000))
    with tempfile.TemporaryDirectory() as folder:
        path = _written(text.encode(), folder)
        reading = read_census_areas([path], ["POBTOT"], columns={"CVEGEO": "CVEGEO"})
    values = reading.table["POBTOT"]
    assert [None if np.isnan(v) else str(int(v)) for v in values] == [
        figure if figure.isdigit() else None for figure in figures
    ]
    assert reading.confidential["POBTOT"].tolist() == [figure == "*" for figure in figures]


@st.composite
def _editions(draw: st.DrawFn) -> gpd.GeoDataFrame:
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from("123456"),
                st.sampled_from(["A", "B", "C", None]),
                st.sampled_from(["Sol", "SOL", "Luna", None]),
                st.sampled_from(["624411", "624412"]),
                st.sampled_from([0.0, 0.0004, 0.0008, 0.01]),
            ),
            max_size=9,
        )
    )  # fmt: skip
    columns = ["denue_id", "clee", "name", "scian", "east"]
    table = pd.DataFrame(rows, columns=columns).assign(municipality="01001")
    points = [Point(-102.29 + east, 21.88) for east in table.pop("east")]
    return gpd.GeoDataFrame(table.astype("str"), geometry=points, crs=4326)


@given(_editions())
@SHORT
def test_an_edition_does_not_differ_from_itself(edition: gpd.GeoDataFrame) -> None:
    assert compare_editions(edition, edition).empty


@given(_editions(), _editions())
@SHORT
def test_opened_one_way_is_closed_the_other(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> None:
    forth, back = compare_editions(old, new), compare_editions(new, old)
    opened = forth.loc[forth["change"] == "abierto", "denue_id_new"].tolist()
    closed = back.loc[back["change"] == "cerrado", "denue_id_old"].tolist()
    assert opened == closed


@given(_editions(), _editions())
@SHORT
def test_every_row_is_accounted_for_once(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> None:
    matched = match_editions(old, new)
    assert matched["old_row"].is_unique
    assert matched["new_row"].is_unique
    table = compare_editions(old, new)
    counts = table.attrs["counts"]
    pairs = len(matched)
    assert counts["cerrado"] + pairs == counts["old"] == len(old)
    assert counts["abierto"] + pairs == counts["new"] == len(new)
    assert len(table) == counts["abierto"] + counts["cerrado"] + pairs - counts["unchanged"]
