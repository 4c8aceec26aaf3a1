"""What a build or an atlas says of itself on a terminal."""

from pathlib import Path
from typing import TYPE_CHECKING

from data.texts import Language, Text
from geo.artifacts import Manifest

if TYPE_CHECKING:
    from geo.pipeline import BuildResult

_HEADINGS = {
    "places": Text("Lugares", "Places"),
    "version": Text("Versión", "Version"),
    "read": Text("Leído", "Read"),
    "dropped": Text("descartadas o corregidas", "dropped or mended"),
    "rows": Text("filas", "rows"),
    "edition": Text("edición", "edition"),
    "layers": Text("Capas", "Layers"),
    "network": Text("Red peatonal", "Walking network"),
    "missing": Text("No calculado", "Not computed"),
    "notes": Text("Notas", "Notes"),
    "checks": Text("Comprobaciones que no se cumplen", "Checks that do not hold"),
    "took": Text("Tiempo", "Time"),
    "lies": Text("Atlas en", "Atlas in"),
    "report": Text("Informe en", "Report in"),
}


def describe_manifest(manifest: Manifest, version: Path, language: Language) -> str:
    """Return what an atlas version holds, from what, and what it does not, as lines of text."""

    def heading(name: str) -> str:
        return _HEADINGS[name].in_language(language)

    lines = [
        manifest.title.text.in_language(language),
        f"{heading('places')}: " + ", ".join(f"{p.code} {p.name}" for p in manifest.places),
        f"{heading('version')}: {version.name}",
        f"{heading('read')}:",
    ]
    for source in manifest.sources:
        left_out = sum(int(reason["rows"]) for reason in source.dropped.values())
        lines.append(
            f"  {source.role}: {source.rows:,} {heading('rows')}, {heading('edition')} "
            f"{source.edition}; {left_out:,} {heading('dropped')}"
        )
        lines += [f"    {code}: {reason['rows']:,}" for code, reason in source.dropped.items()]
    lines.append(f"{heading('layers')}:")
    lines += [
        f"  {layer.id}: {layer.rows:,} {heading('rows')}, {len(layer.columns)} columnas"
        if language == "es"
        else f"  {layer.id}: {layer.rows:,} {heading('rows')}, {len(layer.columns)} columns"
        for layer in manifest.layers
    ]
    if manifest.network is not None:
        figures = ", ".join(
            f"{name} {value:,g}" for name, value in manifest.network.statistics.items()
        )
        lines.append(f"{heading('network')}: {figures}")
    if manifest.not_computed:
        lines.append(f"{heading('missing')}:")
        lines += [
            f"  {item.what}: {item.reason.text.in_language(language)}"
            for item in manifest.not_computed
        ]
    failed = [check for check in manifest.checks if not check.passed]
    if failed:
        lines.append(f"{heading('checks')}:")
        lines += [f"  {check.detail.text.in_language(language)}" for check in failed]
    if manifest.notes:
        lines.append(f"{heading('notes')}:")
        lines += [f"  {note.text.in_language(language)}" for note in manifest.notes]
    return "\n".join(lines)


def describe_build(result: "BuildResult", language: Language) -> str:
    """Return the end of a build: what the atlas holds, how long it took, and where it lies."""
    steps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in result.durations_s.items())
    total = sum(result.durations_s.values())
    return "\n".join(
        [
            describe_manifest(result.manifest, result.version, language),
            f"{_HEADINGS['took'].in_language(language)}: {total:.1f} s ({steps})",
            f"{_HEADINGS['lies'].in_language(language)} {result.version}",
            f"{_HEADINGS['report'].in_language(language)} {result.report}",
        ]
    )
