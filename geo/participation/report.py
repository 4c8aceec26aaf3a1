"""A report on participation and care: tables, maps and a reading in plain words, as Markdown."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from data.errors import NotComputedError
from data.tables import METRIC_CRS, Level
from data.texts import Text
from geo.artifacts import ColumnRecord, Manifest, read_manifest
from geo.participation.published import CAUTION, Published, read_published, sentence
from geo.participation.tables import COEFFICIENTS, CORRELATIONS, GLOBAL, LINKS, MODELS, TESTS, TYPES

LEVELS = (Level.STATE, Level.MUNICIPALITY, Level.AGEB)
_MODELS = {
    "mcp": "mínimos cuadrados ponderados", "mco": "mínimos cuadrados", "slx": "SLX",
    "rezago": "rezago espacial", "error": "error espacial",
}  # fmt: skip
_STATISTICS = {
    "moran_bivariado": "Moran bivariado (participación y oferta vecina)",
    "moran_resultado": "Moran de la participación", "moran_oferta": "Moran de la oferta",
    "lee": "L de Lee",
}  # fmt: skip
# ColorBrewer RdYlBu and Dark2, and Stevens' pink and blue: safe for colour-blind readers.
_CLUSTERS = {
    "alto_alto": ("#d7191c", "participación alta, oferta alrededor alta"),
    "alto_bajo": ("#fdae61", "participación alta, oferta alrededor baja"),
    "bajo_alto": ("#abd9e9", "participación baja, oferta alrededor alta"),
    "bajo_bajo": ("#2c7bb6", "participación baja, oferta alrededor baja"),
    "no_significativo": ("#d9d9d9", "no se distingue del azar"),
    "sin_dato": ("#ffffff", "sin dato"),
}  # fmt: skip
_TYPES = ("#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#e6ab02")
_BIVARIATE = (("#e8e8e8", "#ace4e4", "#5ac8c8"), ("#dfb0d6", "#a5add3", "#5698b9"),
              ("#be64ac", "#8c62aa", "#3b4994"))  # fmt: skip
_UNKNOWN = "#ffffff"
_DOTS_PER_INCH = 80
_SIGNIFICANT = 0.05


def write_report(versions: list[Path], out: Path) -> None:
    """Write one report on one or more atlases, and its maps beside it.

    Parameters
    ----------
    versions
        Folders of atlas versions.
    out
        Markdown file; maps go to ``images/`` beside it.

    Raises
    ------
    NotComputedError
        If none of them holds participation.
    """
    parts = []
    reasons: list[Text] = []
    for version in versions:
        manifest = read_manifest(version)
        reasons += [
            item.reason.text for item in manifest.not_computed if item.what in _levels_asked_for()
        ]
        found = list(_measured(version, manifest))
        if found:
            parts.append("\n".join(_atlas(version, manifest, found, out.parent / "images")))
    if not parts:
        raise NotComputedError(
            Text("Ningún atlas dado compara participación y cuidado",
                 "No atlas given sets participation against care"),
            remedy=Text(
                " ".join(f"{reason.es.rstrip('.')}." for reason in dict.fromkeys(reasons))
                or "«cuidados info» dice por qué",
                " ".join(f"{reason.en.rstrip('.')}." for reason in dict.fromkeys(reasons))
                or "“cuidados info” says why",
            ),
        )  # fmt: skip
    head = (
        "# Participación de las mujeres y oferta de cuidado\n\n"
        "Lo escribe `cuidados participation`: ninguna cifra se copia a mano. Cómo se mide cada cosa"
        " está en [methods.md](methods.md#participacion).\n\n"
        f"**{CAUTION.es}.**\n"
    )
    out.write_text("\n".join([head, *parts]), encoding="utf-8", newline="\n")


def _measured(version: Path, manifest: Manifest) -> Iterator[Published]:
    for level in LEVELS:
        try:
            yield read_published(version, manifest, level)
        except NotComputedError:
            continue


def _atlas(
    version: Path, manifest: Manifest, found: list[Published], images: Path
) -> Iterator[str]:
    yield f"\n## {manifest.title.es}\n"
    yield "Fuentes: " + "; ".join(
        f"{source.title.es} ({source.publisher}, {source.edition})" for source in manifest.sources
    ) + ".\n"  # fmt: skip
    missing = [item for item in manifest.not_computed if item.what in _asked_for()]
    if missing:
        yield "Lo que falta, y por qué:\n"
        for item in missing:
            yield f"- `{item.what}`: {item.reason.es}."
        yield ""
    for published in found:
        yield from _level(version, published, images)


def _asked_for() -> set[str]:
    from geo.participation.registry import participation_indicators

    names = {item.column.name for item in participation_indicators()}
    parts = {f"{part}_{level.value}" for part in ("regresion", "covariables", "tipos")
             for level in LEVELS}  # fmt: skip
    return names | parts | _levels_asked_for() | {"acceso"}


def _levels_asked_for() -> set[str]:
    return {f"participacion_{level.value}" for level in LEVELS}


def _level(version: Path, published: Published, images: Path) -> Iterator[str]:
    layer = published.layer
    table = gpd.read_parquet(version / layer.table.path)
    yield f"### {layer.title.es}\n"
    yield f"{sentence(published).es}.\n"
    yield from _reading(published)
    name = f"participacion-{_slug(version, published.level)}"
    images.mkdir(parents=True, exist_ok=True)
    for kind, words in (
        ("bivariado", "los dos a la vez"), ("conglomerados", "conglomerados"), ("tipos", "tipos"),
    ):  # fmt: skip
        path = images / f"{name}-{kind}.png"
        _draw(table, published, kind, path)
        yield f"![{layer.title.es}: {words}](images/{path.name})"
    yield ""
    yield from _correlations(published)
    yield from _statistics(published, table)
    yield from _models(published)
    yield from _types(published, table)


def _slug(version: Path, level: Level) -> str:
    places = read_manifest(version).places
    return f"{'-'.join(place.code for place in places).lower()}-{level.value}"


def _reading(published: Published) -> Iterator[str]:
    """Say what the model that the tests advise makes of the association."""
    models = published.rows.get(MODELS, [])
    chosen = next((row for row in models if row["chosen"] == "si"), None)
    if chosen is None:
        return
    terms = [
        row
        for row in published.rows[COEFFICIENTS]
        if row["model"] == chosen["model"] and row["term"].endswith(published.supply.name)
        and not row["term"].startswith("W_")
    ]  # fmt: skip
    term = terms[0]
    other = term["low"] <= 0.0 <= term["high"]
    yield (
        f"Entre lugares parecidos en lo demás ({_MODELS[chosen['model']]}, el modelo que aconsejan"
        f" las pruebas; N = {chosen['places']:,.0f}), una unidad más de"
        f" «{published.supply.title.es}» acompaña a {term['estimate']:+.3f} en el resultado"
        f" (intervalo de 95 %: {term['low']:.3f} a {term['high']:.3f}): "
        + ("no se distingue de cero.\n" if other else "se distingue de cero.\n")
    )


def _correlations(published: Published) -> Iterator[str]:
    yield "\n| se compara con | Pearson, por mujeres | Spearman | lugares | efectivos |"
    yield "|---|---|---|---|---|"
    titles = {column.name: column.title.es for column in published.layer.columns}
    rows = {
        (row["variable"], row["method"], row["weighting"]): row
        for row in published.rows[CORRELATIONS]
    }
    for variable in dict.fromkeys(key[0] for key in rows):
        weighted = rows[variable, "pearson", "mujeres"]
        ranked = rows[variable, "spearman", "ninguna"]
        yield (
            f"| {titles[variable]} | {_range(weighted)} | {_range(ranked)} |"
            f" {ranked['places']:,.0f} | {ranked['effective_places']:,.0f} |"
        )
    yield ""


def _range(row: Mapping[str, Any]) -> str:
    return f"{row['estimate']:.2f} ({row['low']:.2f} a {row['high']:.2f})"


def _statistics(published: Published, table: pd.DataFrame) -> Iterator[str]:
    first = published.rows[GLOBAL][0]
    links = len(published.rows.get(LINKS, []))
    yield (
        f"Vecinos por contigüidad: {first['neighbours_mean']:.1f} en promedio;"
        f" {first['islands']:.0f} lugares no tocan a ninguno y {links} enlaces por cercanía unen lo"
        f" separado. {first['permutations']:.0f} permutaciones.\n"
    )
    yield "| estadístico | valor | p |"
    yield "|---|---|---|"
    for row in published.rows[GLOBAL]:
        yield f"| {_STATISTICS[row['statistic']]} | {row['estimate']:.3f} | {row['p_value']:.3f} |"
    counts = table["participation_cluster"].value_counts()
    yield "\n| conglomerado | lugares |"
    yield "|---|---|"
    for cluster, (_, words) in _CLUSTERS.items():
        yield f"| {words} | {int(counts.get(cluster, 0)):,} |"
    yield ""


def _models(published: Published) -> Iterator[str]:
    models = published.rows.get(MODELS, [])
    if not models:
        return
    names = [row["model"] for row in models]
    yield f"`{models[0]['formula']}` (N = {models[0]['places']:,.0f})\n"
    advised = " **(el que aconsejan las pruebas)**"
    heads = [_MODELS[row["model"]] + (advised if row["chosen"] == "si" else "") for row in models]
    yield f"| | {' | '.join(heads)} |"
    yield "|---|" + "---|" * len(models)
    cells = {(row["term"], row["model"]): row for row in published.rows[COEFFICIENTS]}
    for term in dict.fromkeys(key[0] for key in cells):
        yield f"| {term} | " + " | ".join(_cell(cells.get((term, name))) for name in names) + " |"
    for label, key in (("R²", "r2"), ("AIC", "aic"), ("Moran de residuos", "moran_residuals"),
                       ("su p", "moran_residuals_p")):  # fmt: skip
        shown = (row[key] for row in models)
        values = ("" if value is None else f"{value:,.3f}" for value in shown)
        yield f"| {label} | " + " | ".join(values) + " |"
    yield "\nEntre paréntesis, el error estándar; * significativo al 5 %.\n"
    yield "Pruebas: " + "; ".join(
        f"{row['test']} {row['statistic']:.2f}"
        + ("" if row["p_value"] is None else f" (p = {row['p_value']:.3f})")
        for row in published.rows[TESTS]
    ) + ".\n"  # fmt: skip


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ""
    star = "*" if row["p_value"] < _SIGNIFICANT else ""
    return f"{row['estimate']:.3f}{star} ({row['standard_error']:.3f})"


def _types(published: Published, table: pd.DataFrame) -> Iterator[str]:
    rows = pd.DataFrame(published.rows.get(TYPES, []))
    if rows.empty:
        return
    first = rows.iloc[0]
    yield (
        f"Tipos de lugar (silueta {first['silhouette']:.2f}; con otras semillas, Rand ajustado"
        f" {first['ari_mean']:.2f}, el menor {first['ari_min']:.2f}):\n"
    )
    variables = list(dict.fromkeys(rows["variable"]))
    titles = {column.name: column.title.es for column in published.layer.columns}
    yield "| tipo | el más típico | lugares | " + " | ".join(titles[v] for v in variables) + " |"
    yield "|---|---|---|" + "---|" * len(variables)
    for _, part in rows.groupby("care_type", sort=True):
        means = part.set_index("variable")["mean"]
        yield (
            f"| {part['name_es'].iloc[0]} | {_named(part['typical'].iloc[0], table)} |"
            f" {part['places'].iloc[0]:,.0f} | "
            + " | ".join(f"{means[name]:.3g}" for name in variables) + " |"
        )  # fmt: skip
    yield ""


def _named(code: str, table: pd.DataFrame) -> str:
    """Return a place's name and code; the code alone where places have no names."""
    names = table.set_index("cvegeo")["name"] if "name" in table else pd.Series(dtype="str")
    name = names.get(code)
    return code if name is None or pd.isna(name) else f"{name} ({code})"


def _draw(table: gpd.GeoDataFrame, published: Published, kind: str, path: Path) -> None:
    """Draw one map with its legend; equal atlases give equal bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    colours, legend = _colours(table, published, kind)
    figure = Figure(figsize=(9, 6.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    drawn = table.geometry.notna()
    shapes = table[drawn].to_crs(METRIC_CRS)
    shapes.plot(ax=axes, color=list(colours[drawn]), edgecolor="#6e6e76", linewidth=0.1)
    axes.set_axis_off()
    axes.legend(
        handles=[Patch(facecolor=colour, edgecolor="#6e6e76", label=words)
                 for colour, words in legend],
        loc="upper left", bbox_to_anchor=(0.0, 0.0), fontsize=7, frameon=False,
    )  # fmt: skip
    figure.savefig(path, dpi=_DOTS_PER_INCH, metadata={"Software": None})
    _fewer_colours(path)


def _fewer_colours(path: Path) -> None:
    """Write a picture again with a palette: a third of the bytes."""
    from PIL import Image

    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE)
    small.save(path, optimize=True)


def _colours(
    table: pd.DataFrame, published: Published, kind: str
) -> tuple[pd.Series, list[tuple[str, str]]]:
    if kind == "conglomerados":
        colours = table["participation_cluster"].map({k: v[0] for k, v in _CLUSTERS.items()})
        return colours.fillna(_UNKNOWN), list(_CLUSTERS.values())
    if kind == "tipos":
        rows = published.rows.get(TYPES, [])
        names = dict(sorted({row["care_type"]: row["name_es"] for row in rows}.items()))
        by_type = dict(zip(names, _TYPES, strict=False))
        kinds = table.get("care_type", pd.Series("sin_dato", index=table.index))
        legend = [(by_type[name], words) for name, words in names.items()]
        return kinds.map(by_type).fillna(_UNKNOWN), [*legend, (_UNKNOWN, "sin dato")]
    return _bivariate(table, published.supply, published.outcome)


def _bivariate(
    table: pd.DataFrame, supply: ColumnRecord, outcome: ColumnRecord
) -> tuple[pd.Series, list[tuple[str, str]]]:
    x, y = _third(table[supply.name]), _third(table[outcome.name])
    known = x.notna() & y.notna()
    colours = pd.Series(_UNKNOWN, index=table.index, dtype="object")
    colours[known] = [_BIVARIATE[int(b)][int(a)] for a, b in zip(x[known], y[known], strict=True)]
    legend = [
        (_BIVARIATE[2][2], f"más «{outcome.title.es}» y más «{supply.title.es}»"),
        (_BIVARIATE[2][0], f"más «{outcome.title.es}», menos «{supply.title.es}»"),
        (_BIVARIATE[0][2], f"menos «{outcome.title.es}», más «{supply.title.es}»"),
        (_BIVARIATE[0][0], "menos de los dos"),
        (_BIVARIATE[1][1], "en medio"), (_UNKNOWN, "sin dato"),
    ]  # fmt: skip
    return colours, legend


def _third(values: pd.Series) -> pd.Series:
    """Return the third each value is in, 0 to 2; first or last where many have the least."""
    limits = values.quantile([1 / 3, 2 / 3]).unique()
    limits = limits[limits > values.min()]
    above = pd.Series(np.searchsorted(limits, values, side="right"), index=values.index)
    return (above * (2 if len(limits) == 1 else 1)).where(values.notna()).astype("float64")
