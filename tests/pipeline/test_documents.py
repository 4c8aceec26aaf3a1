"""Documents that are made from an atlas, or that an atlas points at, agree with it."""

import re
from pathlib import Path

from geo.artifacts import Manifest, current_version, read_manifest

DOCS = Path(__file__).parents[2] / "docs"


def _manifest(atlas: Path) -> Manifest:
    return read_manifest(current_version(atlas))


def test_the_data_dictionary_is_that_of_the_embedded_city(demo_atlas: Path, cuidados) -> None:
    printed = cuidados("dictionary", "--atlas", demo_atlas, "--lang", "en")
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout == (DOCS / "data-dictionary.md").read_text(encoding="utf-8"), (
        "docs/data-dictionary.md is out of date: run `make docs`"
    )


def test_every_column_is_described_with_unit_source_and_licence(demo_atlas: Path) -> None:
    manifest = _manifest(demo_atlas)
    for table in (*manifest.layers, *manifest.assets):
        for column in table.columns:
            label = f"{table.id}.{column.name}"
            assert column.description.es, label
            assert column.description.en, label
            assert column.sources, label
            assert column.licence, label
            numeric = column.dtype in ("float64", "int64") and column.kind not in (
                "identifier",
                "flag",
            )
            assert column.unit or not numeric, f"{label} has no unit"


def test_every_method_a_column_names_is_a_section_of_the_methods(demo_atlas: Path) -> None:
    anchors = set(
        re.findall(r'<a id="([a-z0-9_]+)"></a>', (DOCS / "methods.md").read_text("utf-8"))
    )
    manifest = _manifest(demo_atlas)
    named = {
        column.method
        for table in (*manifest.layers, *manifest.assets)
        for column in table.columns
        if column.method
    } | {asset.method for asset in manifest.assets if asset.method}
    assert named <= anchors, f"docs/methods.md lacks {sorted(named - anchors)}"
