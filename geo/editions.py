"""Two editions of the directory compared: what opened, closed, moved, changed class or name."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from data.denue import absent_columns, read_establishments
from data.errors import MissingInputError, ParameterError, Where
from data.places import normalise_name
from data.tables import METRIC_CRS
from data.texts import Language, Text
from geo.artifacts import current_version, read_manifest

# Between editions a point is drawn anew without anybody moving: less than this is no move, and
# the same name within it is the same establishment. About a city block.
MOVED_M = 100.0
CHANGES: dict[str, Text] = {
    "abierto": Text("Abiertos", "Opened"),
    "cerrado": Text("Cerrados", "Closed"),
    "movido": Text("Movidos", "Moved"),
    "cambio_de_clase": Text("Cambiaron de clase", "Changed class"),
    "cambio_de_nombre": Text("Cambiaron de nombre", "Renamed"),
}
MATCHED_BY: dict[str, Text] = {
    "clee": Text("CLEE", "CLEE"),
    "id": Text("identificador", "identifier"),
    "nombre_y_lugar": Text("nombre y lugar", "name and place"),
}
_MANIFEST, _POINTER = "manifest.json", "CURRENT"
_TABLES = (".csv", ".zip", ".shp", ".dbf", ".parquet", ".gpkg")
_KEPT = ("denue_id", "clee", "name", "scian", "municipality")
# Neighbours looked at for each establishment without a match, in one round.
_NEIGHBOURS = 8
_DM_PER_M, _MM_PER_M = 10, 1000
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Edition:
    """Establishments of one edition.

    Parameters
    ----------
    table
        ``data.denue.ESTABLISHMENTS`` rows, or the ``centros`` of an atlas.
    is_atlas
        Whether they are an atlas's centres: those of care alone, without duplicates.
    """

    table: gpd.GeoDataFrame
    is_atlas: bool


def read_edition(path: Path, *, place: tuple[str, ...] = ()) -> Edition:
    """Read an edition from a DENUE file, a folder of them, an atlas or one of its versions.

    Columns that older editions lack, CLEE among them, are read as unknown.

    Parameters
    ----------
    path
        The file or folder.
    place
        Codes of states or municipalities to keep; none keeps all.

    Raises
    ------
    MissingInputError
        If there is nothing of the kind, or nothing of the place.
    InputError
        If a file is not DENUE's.
    ArtifactError
        If the atlas is damaged.
    """
    if (path / _POINTER).is_file() or (path / _MANIFEST).is_file():
        table = _centres(path if (path / _MANIFEST).is_file() else current_version(path))
        if place:
            table = table[table["municipality"].fillna("").str.startswith(place)]
        return Edition(table.reset_index(drop=True), is_atlas=True)
    paths = [path]
    if path.is_dir():
        found = (file for file in path.iterdir() if "denue" in file.name.lower())
        paths = sorted(file for file in found if file.suffix.lower() in _TABLES)
    if not paths:
        raise MissingInputError(
            Text("La carpeta no tiene archivos del DENUE ni es un atlas",
                 "The folder holds no DENUE files and is no atlas"),
            where=Where(file=path),
            remedy=Text("Dé un archivo del DENUE o la carpeta de un atlas",
                        "Give a DENUE file or the folder of an atlas"),
        )  # fmt: skip
    absent = sorted({name for file in paths for name in absent_columns(file)})
    table = read_establishments(paths, absent=tuple(absent), place=place).table
    return Edition(gpd.GeoDataFrame(table), is_atlas=False)


def _centres(version: Path) -> gpd.GeoDataFrame:
    for layer in read_manifest(version).layers:
        if layer.id == "centros":
            return gpd.read_parquet(version / layer.table.path)
    raise MissingInputError(
        Text("El atlas no tiene centros", "The atlas holds no centres"),
        where=Where(file=version),
        remedy=Text("Dé uno construido con el DENUE", "Give one built with DENUE"),
    )


def check_comparable(old: Edition, new: Edition) -> None:
    """Refuse to compare a directory with an atlas, which left duplicates and other classes out.

    Raises
    ------
    ParameterError
        If one is an atlas and the other is not.
    """
    if old.is_atlas != new.is_atlas:
        raise ParameterError(
            Text("Un archivo del DENUE y un atlas no se pueden comparar",
                 "A DENUE file and an atlas cannot be compared"),
            where=Where(column="A, B"),
            remedy=Text("Dé dos archivos del DENUE o dos atlas",
                        "Give two DENUE files or two atlases"),
        )  # fmt: skip


def match_editions(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Say which establishment of one edition is which of the other.

    By CLEE; those left, by identifier; those left, by normalised name within ``MOVED_M``, the
    nearest first. CLEE comes first because identifiers were given anew in some editions; it holds
    the class and municipality an establishment was first entered with. Establishments that share
    a key within an edition are taken in the order of their identifiers.

    Parameters
    ----------
    old, new
        Editions, EPSG:4326, with ``denue_id``, ``clee``, ``name``, ``scian`` and a point.

    Returns
    -------
    DataFrame
        ``old_row`` and ``new_row`` (positions, each at most once) and ``matched_by``.
    """
    sides = [_side(old), _side(new)]
    pairs = []
    for key in ("clee", "id", "spot"):
        by = "nombre_y_lugar" if key == "spot" else key
        found = _equal(sides[0], sides[1], key)
        pairs.append(found.assign(matched_by=by))
        sides = _without(sides, found)
    near = _near(sides[0], sides[1])
    pairs.append(near.assign(matched_by="nombre_y_lugar"))
    matched = pd.concat(pairs, ignore_index=True)
    return matched.astype({"old_row": "int64", "new_row": "int64", "matched_by": "str"})


def _side(edition: pd.DataFrame) -> pd.DataFrame:
    """Return what establishments are matched by, in the order of their identifiers."""
    points = gpd.GeoSeries(edition.geometry).to_crs(METRIC_CRS)
    side = pd.DataFrame(
        {
            "row": np.arange(len(edition)),
            "id": edition["denue_id"].to_numpy(),
            "clee": edition["clee"].to_numpy(),
            "name": _plain_names(edition["name"]).to_numpy(),
            "x_m": points.x.to_numpy(),
            "y_m": points.y.to_numpy(),
        }
    ).astype({"id": "str", "clee": "str", "name": "str"})
    placed = np.isfinite(side["x_m"]) & np.isfinite(side["y_m"]) & side["name"].notna()
    x, y = ((side[axis].where(placed, 0.0) * _DM_PER_M).astype("int64").astype("str")
            for axis in ("x_m", "y_m"))  # fmt: skip
    side["spot"] = (side["name"] + "/" + x + "/" + y).where(placed)
    return side.sort_values(["id", "clee", "name", "x_m", "y_m"], kind="stable")


def _plain_names(names: pd.Series) -> pd.Series:
    """Return normalised names; blank is unknown."""
    known = names.dropna().unique()
    plain = names.map({name: normalise_name(str(name)) or None for name in known})
    return plain.astype("str")


def _equal(old: pd.DataFrame, new: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return pairs with an equal key: the first with the first, the second with the second."""
    keyed = []
    for side in (old, new):
        known = side.loc[side[key].notna(), ["row", key]]
        keyed.append(known.assign(turn=known.groupby(key).cumcount()))
    pairs = keyed[0].merge(keyed[1], on=[key, "turn"], suffixes=("_old", "_new"))
    return pairs[["row_old", "row_new"]].set_axis(["old_row", "new_row"], axis=1)


def _without(sides: list[pd.DataFrame], pairs: pd.DataFrame) -> list[pd.DataFrame]:
    return [
        side[~side["row"].isin(pairs[column])]
        for side, column in zip(sides, ("old_row", "new_row"), strict=True)
    ]


def _near(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return pairs of one name within ``MOVED_M``, nearest first, until there are no more."""
    pairs = []
    while True:
        candidates = _candidates(old, new)
        chosen = _nearest_first(candidates)
        if chosen.empty:
            break
        pairs.append(chosen)
        old, new = _without([old, new], chosen)
    return pd.concat(pairs) if pairs else pd.DataFrame({"old_row": [], "new_row": []})


def _candidates(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return near pairs of one name, ordered by distance and then by identifiers.

    Names are a third axis along which different ones are too far apart.
    """
    usable = [side[side["spot"].notna()] for side in (old, new)]
    shared = pd.Index(usable[0]["name"]).intersection(usable[1]["name"]).sort_values()
    usable = [side[side["name"].isin(shared)] for side in usable]
    if shared.empty:
        return pd.DataFrame({"old_row": [], "new_row": []})
    points = [
        np.column_stack([side["x_m"], side["y_m"], shared.get_indexer(side["name"]) * 3 * MOVED_M])
        for side in usable
    ]
    forth = _neighbours(points[0], points[1])
    back = _neighbours(points[1], points[0])[:, ::-1]
    both = np.unique(np.concatenate([forth, back]), axis=0)
    first, second = usable[0].iloc[both[:, 0]], usable[1].iloc[both[:, 1]]
    ids = np.sort(
        np.column_stack([first["id"].fillna(""), second["id"].fillna("")]).astype("str"), axis=1
    )
    distance = np.linalg.norm(points[0][both[:, 0]] - points[1][both[:, 1]], axis=1)
    # The order does not hang on which edition is called old.
    order = np.lexsort([ids[:, 1], ids[:, 0], np.round(distance * _MM_PER_M)])
    return pd.DataFrame(
        {"old_row": first["row"].to_numpy()[order], "new_row": second["row"].to_numpy()[order]}
    )


def _neighbours(points: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> Integers:
    """Return index pairs (point, other) of the nearest within ``MOVED_M``."""
    _, found = cKDTree(others).query(points, k=_NEIGHBOURS, distance_upper_bound=MOVED_M)
    own = np.repeat(np.arange(len(points)), _NEIGHBOURS)
    within = found.ravel() < len(others)
    return np.column_stack([own[within], found.ravel()[within]])


def _nearest_first(candidates: pd.DataFrame) -> pd.DataFrame:
    """Take pairs in order, each establishment once."""
    taken: tuple[set[int], set[int]] = (set(), set())
    chosen = []
    for old, new in candidates.itertuples(index=False):
        if old not in taken[0] and new not in taken[1]:
            taken[0].add(old)
            taken[1].add(new)
            chosen.append((old, new))
    return pd.DataFrame(chosen, columns=["old_row", "new_row"])


def compare_editions(
    old: pd.DataFrame, new: pd.DataFrame, *, classes: Collection[str] | None = None
) -> pd.DataFrame:
    """Return what changed from one edition to the next.

    An establishment of the old edition without a match closed (or left the directory), one of the
    new opened (or was found). Of a matched pair: it moved if its points are more than ``MOVED_M``
    apart in EPSG:6372; it changed class or name if both editions state one and they differ, names
    once normalised.

    Parameters
    ----------
    old, new
        As in :func:`match_editions`.
    classes
        SCIAN classes to tell of: establishments that are of one in either edition. None tells of
        all.

    Returns
    -------
    DataFrame
        A row for each establishment with a change: ``change`` (of ``CHANGES``, several joined by
        ``;``), ``matched_by``, ``distance_m``, and ``denue_id clee name scian municipality lon
        lat`` of each edition with ``_old`` or ``_new``; ordered by kind of change and identifier.
        Attribute ``counts`` holds how many rows there are, by kind, and the pairs by key.
    """
    matched = match_editions(old, new)
    gone = np.setdiff1d(np.arange(len(old)), matched["old_row"])
    came = np.setdiff1d(np.arange(len(new)), matched["new_row"])
    if classes is not None:
        of_old, of_new = (side["scian"].isin(classes).to_numpy() for side in (old, new))
        gone, came = gone[of_old[gone]], came[of_new[came]]
        told = of_old[matched["old_row"]] | of_new[matched["new_row"]]
        matched = matched[told].reset_index(drop=True)
    changes = _changes(old, new, matched)
    changed = changes["change"] != ""
    pairs = pd.concat([matched, changes], axis=1)[changed]
    rows = pd.concat(
        [
            pd.DataFrame({"old_row": -1, "new_row": came, "change": "abierto"}),
            pd.DataFrame({"old_row": gone, "new_row": -1, "change": "cerrado"}),
            pairs,
        ],
        ignore_index=True,
    ).astype({"change": "str"})
    rows = rows.reindex(columns=["old_row", "new_row", "change", "matched_by", "distance_m"])
    sides = [_columns(old, rows["old_row"], "old"), _columns(new, rows["new_row"], "new")]
    table = pd.concat([rows[["change", "matched_by", "distance_m"]], *sides], axis=1)
    table = table.sort_values(
        ["change", "denue_id_new", "denue_id_old"], kind="stable", ignore_index=True
    )
    table.attrs["counts"] = {
        "old": len(matched) + len(gone),
        "new": len(matched) + len(came),
        "unchanged": int((~changed).sum()),
        **_counted(table["change"], CHANGES),
        **_counted(matched["matched_by"], MATCHED_BY),
    }
    return table


def _counted(values: pd.Series, kinds: dict[str, Text]) -> dict[str, int]:
    found = Counter(kind for value in values for kind in value.split(";"))
    return {kind: found[kind] for kind in kinds}


def _changes(old: pd.DataFrame, new: pd.DataFrame, matched: pd.DataFrame) -> pd.DataFrame:
    """Return, for each pair, how far it moved and what changed."""
    before = old.iloc[matched["old_row"]].reset_index(drop=True)
    after = new.iloc[matched["new_row"]].reset_index(drop=True)
    points = [gpd.GeoSeries(side.geometry).to_crs(METRIC_CRS) for side in (before, after)]
    distance = shapely.distance(points[0].to_numpy(), points[1].to_numpy())
    # Most names are the same letter by letter; only the others need comparing with care.
    alike = before["name"] == after["name"]
    names = [_plain_names(side["name"].mask(alike)) for side in (before, after)]
    kinds = {
        "movido": pd.Series(distance > MOVED_M),
        "cambio_de_clase": _differ(before["scian"], after["scian"]),
        "cambio_de_nombre": _differ(names[0], names[1]),
    }
    change = pd.Series("", index=matched.index, dtype="str")
    for kind, happened in kinds.items():
        change = change.mask(happened, change + ";" + kind)
    return pd.DataFrame({"change": change.str.lstrip(";"), "distance_m": np.round(distance, 1)})


def _differ(before: pd.Series, after: pd.Series) -> pd.Series:
    return before.notna() & after.notna() & (before != after).fillna(value=False).astype("bool")


def _columns(edition: pd.DataFrame, rows: pd.Series, suffix: str) -> pd.DataFrame:
    """Return the columns of an edition's rows, unknown where the row is −1."""
    table = pd.DataFrame(edition[list(_KEPT)]).assign(
        lon=shapely.get_x(edition.geometry.to_numpy()),
        lat=shapely.get_y(edition.geometry.to_numpy()),
    )
    table = table.reset_index(drop=True).reindex(rows.to_numpy())
    return table.set_axis([f"{name}_{suffix}" for name in table.columns], axis=1).reset_index(
        drop=True
    )


def describe_changes(table: pd.DataFrame, language: Language) -> str:
    """Return a comparison's counts as lines of text.

    Parameters
    ----------
    table
        What :func:`compare_editions` returns.
    language
        Of the lines.
    """
    counts: dict[str, int] = table.attrs["counts"]

    def say(es: str, en: str, number: int) -> str:
        return f"{Text(es, en).in_language(language)}: {number:,}"

    matched = ", ".join(
        f"{label.in_language(language)} {counts[key]:,}" for key, label in MATCHED_BY.items()
    )
    by = Text("emparejados por", "matched by").in_language(language)
    return "\n".join(
        [
            say("Edición anterior", "Older edition", counts["old"]),
            say("Edición nueva", "Newer edition", counts["new"]),
            say("Sin cambios", "Unchanged", counts["unchanged"]) + f" ({by}: {matched})",
            *(say(text.es, text.en, counts[kind]) for kind, text in CHANGES.items()),
            Text(f"Se cuenta como movido lo que está a más de {MOVED_M:g} m de donde estaba.",
                 f"What is more than {MOVED_M:g} m from where it was counts as moved.")
            .in_language(language),
        ]
    )  # fmt: skip
