"""What a command imports before it is of use: nothing heavy that it does not need at once."""

import subprocess
import sys

import pytest

HEAVY = ("numba", "xlsxwriter", "osmnx", "folium", "matplotlib", "sklearn", "esda", "spopt",
         "exactextract", "highspy", "rasterio", "rio_tiler")  # fmt: skip


@pytest.mark.parametrize(
    ("module", "spared"),
    [("api.cli", (*HEAVY, "geopandas", "fastapi")), ("api.app", (*HEAVY, "scipy", "pyogrio"))],
)
def test_heavy_libraries_wait_for_the_work_that_needs_them(
    module: str, spared: tuple[str, ...]
) -> None:
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & set({spared!r})))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert loaded.split() == []
