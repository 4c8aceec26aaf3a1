"""A build in parts against the same in one piece, and against its own interruptions."""

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.national import other_centres
from benchmarks.national_instance import write_country
from data.catalog import open_source_folder
from data.errors import ArtifactError
from geo.artifacts import Manifest, current_version, verify
from geo.method import load_method
from geo.parts.build import PIECES, PartsRequest, build_in_parts
from geo.parts.crew import Crew
from geo.pipeline import build

pytestmark = pytest.mark.xdist_group("pipeline")
RELATIVE, ITERATED = 1e-12, 1e-6
PERMUTATION = 0.005


class _Here(Executor):
    """Does what it is given at once, in this process, up to a number of pieces."""

    def __init__(self, most: int) -> None:
        self.left = most

    def submit(self, run, /, *arguments, **named) -> Future:  # noqa: ANN002, ANN003
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        future = Future()
        future.set_result(run(*arguments, **named))
        return future


def crew(most: int = -1) -> Crew:
    here = _Here(most)

    class InThisProcess(Crew):
        @contextmanager
        def _executor(self, jobs: int, *, fresh: bool) -> Iterator[Executor]:
            assert jobs, fresh
            yield here

    return InThisProcess(workers=1, memory_bytes=1)


class Spoiling:
    """A crew after whose last round a file is no longer what was made."""

    def __init__(self, crew: Crew, file: Path) -> None:
        self._crew, self._file = crew, file

    def run(self, *jobs: object, fresh: bool = False) -> None:
        self._crew.run(*jobs, fresh=fresh)
        if fresh:
            damage(self._file)


def report_of(version: Path) -> dict[str, object]:
    path = version.parent / "reports" / f"{version.name}.json"
    return json.loads(path.read_text())


def assert_equal(whole: Path, parts: Path) -> None:
    """Compare every table of two versions, to the bit or to one part in 10¹²."""
    first, second = verify(whole), verify(parts)
    tables = [layer.table.path for layer in first.layers]
    assert tables == [layer.table.path for layer in second.layers]
    assert [a.id for a in first.assets] == [a.id for a in second.assets]
    assets = [asset.file.path for asset in first.assets if asset.kind == "table"]
    for one_asset, other_asset in zip(first.assets, second.assets, strict=True):
        if one_asset.kind in ("raster", "picture"):
            assert one_asset == other_asset  # its bytes, its account, its scale
    network = [f"network/{path.name}" for path in sorted((whole / "network").iterdir())]
    assert network == [f"network/{path.name}" for path in sorted((parts / "network").iterdir())]
    for path in (*tables, *assets, *network):
        one, other = pd.read_parquet(whole / path), pd.read_parquet(parts / path)
        assert list(one.columns) == list(other.columns), path
        # A sum in another order differs in its last bit, and may break a tie between permutations.
        drawn = [name for name in one if name.endswith("_cluster_p") or name == "p_permutation"]
        for names, atol in (([n for n in one if n not in drawn], 0.0), (drawn, PERMUTATION)):
            # Models found by iteration enlarge a last bit; everything measured must be the same.
            relative = ITERATED if "participacion_" in path else RELATIVE
            pd.testing.assert_frame_equal(
                one[names], other[names], check_exact=False, rtol=relative, atol=atol
            )
    for one_layer, other_layer in zip(first.layers, second.layers, strict=True):
        assert (one_layer.tiles is None) == (other_layer.tiles is None)
        told = [[(c.name, c.unit, c.sources, c.licence, c.mapped, c.value_counts)
                 for c in layer.columns] for layer in (one_layer, other_layer)]  # fmt: skip
        assert told[0] == told[1]


def assert_said_alike(first: Manifest, second: Manifest) -> None:
    """Compare what two versions say of themselves: of their streets, and what is lacking."""
    assert first.network is not None
    assert second.network is not None
    assert first.network.statistics == second.network.statistics
    assert in_any_order(first.not_computed) == in_any_order(second.not_computed)


def damage(file: Path) -> None:
    """Turn over the bits of one byte in the middle of a file."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def in_any_order(told: Iterable[object]) -> list[object]:
    """Return what is told, sorted: steps of parts speak before those of the whole."""
    return sorted(told, key=repr)


def test_the_demo_cut_by_municipality_is_the_demo_built_whole(
    demo_sources: Path, tmp_path: Path
) -> None:
    """Its town is cut from its city and so walks are made across; a stop loses nothing."""
    method = load_method()
    whole = build(
        open_source_folder(demo_sources), atlas=tmp_path / "whole", method=method, sensitivity=True
    )
    request = PartsRequest(
        sources=demo_sources, method=method, sensitivity=True, whole_areas=False, fill_cells=1
    )
    atlas = tmp_path / "atlas"
    with pytest.raises(KeyboardInterrupt):
        build_in_parts(request, atlas=atlas, crew=crew(most=3))
    assert not (atlas / "CURRENT").exists()
    result = build_in_parts(request, atlas=atlas, crew=crew())
    told = report_of(result.version)
    assert told["pieces"] == 4 + 9  # a state and three municipalities, and what they are united to
    assert told["pieces_made"] == 1 + 9
    assert_equal(whole.version, result.version)
    assert_said_alike(whole.manifest, result.manifest)
    assert in_any_order(whole.manifest.notes) == in_any_order(result.manifest.notes)
    assert result.manifest.asset("sensibilidad") is not None
    (blocks,) = (atlas / PIECES).glob("union-manzanas-*/tables/manzanas.parquet")
    (record,) = (atlas / PIECES).glob("union-localidades-*/piece.json")
    (state,) = (atlas / PIECES).glob("state-*/squares.parquet")
    for file in (blocks, record, state):  # a table, a piece's account of itself, what was read
        damage(file)
    again = build_in_parts(request, atlas=atlas, crew=crew())
    assert again.version == result.version
    assert report_of(again.version)["pieces_made"] == 3
    with pytest.raises(ArtifactError, match="manzanas"):
        build_in_parts(request, atlas=atlas, crew=Spoiling(crew(), blocks))
    assert current_version(atlas) == result.version


@pytest.mark.real_data
def test_cities_apart_are_the_same_in_parts_and_an_edition_touches_its_own(
    real_data: Path, tmp_path: Path
) -> None:
    """Real streets and blocks at three true places, in the layouts of two states."""
    sources = tmp_path / "sources"
    places = ("01010", "32005", "32009")
    write_country(sources, real_data, 0.0, only=places)
    method = load_method()
    whole = build(open_source_folder(sources, places=places), atlas=tmp_path / "one", method=method)
    request = PartsRequest(sources=sources, places=places, method=method, fill_cells=1)
    parts = build_in_parts(request, atlas=tmp_path / "many", crew=crew())
    assert report_of(parts.version)["pieces"] == 5 + 8  # no water or green areas
    assert_equal(whole.version, parts.version)
    assert_said_alike(whole.manifest, parts.manifest)
    other_centres(sources, only=("32005",))
    again = build_in_parts(request, atlas=tmp_path / "many", crew=crew())
    # That state, and its city, not its town; all that is united but streets and their network.
    assert report_of(again.version)["pieces_made"] == 2 + 6
    before, after = (
        pd.read_parquet(version / "tables" / "centros.parquet")
        for version in (parts.version, again.version)
    )
    assert len(after) < len(before)
    assert set(before["municipality"]) == set(after["municipality"]) == set(places)
    assert not np.array_equal(before["facility_id"], after["facility_id"])
