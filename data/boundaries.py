"""Marco Geoestadístico: outlines of states, municipalities, localities, AGEB and blocks."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from data.archives import Member, find_member
from data.errors import InputError, Where
from data.places import complete_code, within
from data.rows import read_vector, text_of
from data.tables import GEOGRAPHIC_CRS, Column, Dropped, Level, Reading, Table
from data.texts import Text

_SUFFIXES = (".shp", ".parquet", ".gpkg", ".geojson")
# Layer of each level in INEGI's package of a state: 01ent.shp, 01mun.shp, …
_LAYERS = {
    Level.STATE: "ent", Level.MUNICIPALITY: "mun", Level.LOCALITY: "l", Level.AGEB: "a",
    Level.BLOCK: "m",
}  # fmt: skip
_DEGREES = (-180.0, -90.0, 180.0, 90.0)


def boundaries_table(level: Level) -> Table:
    """Return the contract of a level's outlines."""
    return Table(
        name=f"límites ({level.layer})",
        key=("cvegeo",),
        geometry=frozenset({"Polygon", "MultiPolygon"}),
        columns=(
            Column(name="cvegeo", dtype="str", required=True,
                   pattern=rf"[0-9A-Z]{{{level.code_length}}}",
                   description=Text("Clave geoestadística", "Geostatistical code")),
            Column(name="name", dtype="str", description=Text("Nombre", "Name")),
            Column(name="kind", dtype="str", description=Text("Ámbito o tipo", "Scope or kind")),
        ),
    )  # fmt: skip


def read_boundaries(
    paths: Sequence[Path],
    level: Level,
    *,
    columns: Mapping[str, str] | None = None,
    place: Collection[str] = (),
) -> Reading:
    """Read the outlines of one level.

    Parameters
    ----------
    paths
        INEGI's packages (zip), shapefiles, GeoPackages or GeoParquet files.
    level
        Level to read; in a package it says which layer.
    columns
        INEGI's column name (``CVEGEO``, ``NOMGEO``, ``AMBITO``) → name in the file.
    place
        Codes of states or municipalities to keep; none keeps all. Outlines of states that hold
        one of them are kept too.

    Returns
    -------
    Reading
        One row a place, in EPSG:4326, sorted by ``cvegeo``. Broken outlines are mended, and the
        parts of a place given in several rows are joined; both are counted.

    Raises
    ------
    InputError
        If the layer has no codes, no coordinate system, or coordinates that do not fit it.
    """
    dropped = Dropped()
    parts = [_read(path, level, columns or {}) for path in paths]
    frame = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=GEOGRAPHIC_CRS)
    elsewhere = ~within(frame["cvegeo"], place) & ~frame["cvegeo"].isin({c[:2] for c in place})
    dropped.add("otro_lugar", frame.loc[elsewhere, "cvegeo"])
    frame = frame[~elsewhere]
    blank = frame["cvegeo"].isna() | frame.geometry.isna() | frame.geometry.is_empty
    dropped.add("sin_clave_o_sin_geometria", frame.loc[blank, "cvegeo"].fillna("?"))
    frame = _join_parts(_mend(frame[~blank], dropped), dropped)
    frame = frame.sort_values("cvegeo", ignore_index=True)
    return Reading(boundaries_table(level).check(frame), dropped)


def _read(path: Path, level: Level, columns: Mapping[str, str]) -> gpd.GeoDataFrame:
    pattern = rf"(^|/)\d{{2}}{_LAYERS[level]}\.shp$" if path.suffix.lower() == ".zip" else ""
    member = find_member(path, suffixes=_SUFFIXES, pattern=pattern)
    frame = read_outlines(member)
    names = {str(name).lower(): name for name in frame.columns}
    code = names.get(columns.get("CVEGEO", "CVEGEO").lower())
    if code is None:
        raise InputError(
            Text("La capa no tiene claves geoestadísticas",
                 "The layer has no geostatistical codes"),
            where=Where(file=member.label, column=columns.get("CVEGEO", "CVEGEO")),
            remedy=Text("Dé una capa del Marco Geoestadístico, o diga cómo se llama su clave",
                        "Give a Marco Geoestadístico layer, or say what its code is called"),
        )  # fmt: skip
    _check_code_length(frame[code], level, member)
    optional = {"name": "NOMGEO", "kind": "AMBITO" if "ambito" in names else "TIPOMZA"}
    held = {
        ours: names.get(columns.get(theirs, theirs).lower()) for ours, theirs in optional.items()
    }
    return gpd.GeoDataFrame(
        {
            "cvegeo": complete_code(frame[code]),
            **{
                ours: text_of(frame[theirs])
                if theirs is not None
                else pd.Series(None, index=frame.index, dtype="str")
                for ours, theirs in held.items()
            },
        },
        geometry=frame.geometry.to_crs(GEOGRAPHIC_CRS),
    )


def read_outlines(member: Member) -> gpd.GeoDataFrame:
    """Read a vector file of any format and check that its coordinates fit its system.

    Raises
    ------
    InputError
        If it cannot be opened, names no coordinate system, or holds metres where it says degrees
        (or degrees where it says metres).
    """
    frame = _read_geoparquet(member) if member.suffix == ".parquet" else read_vector(member)
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        raise InputError(
            Text("La capa no dice su sistema de coordenadas",
                 "The layer names no coordinate system"),
            where=Where(file=member.label),
            remedy=Text("Incluya su archivo .prj", "Include its .prj file"),
        )  # fmt: skip
    check_coordinates(frame, member.label)
    return frame.set_geometry(frame.geometry.force_2d())


def _read_geoparquet(member: Member) -> gpd.GeoDataFrame:
    try:
        return gpd.read_parquet(member.path)
    except (ValueError, OSError) as error:
        raise InputError(
            Text("No es un GeoParquet legible", "It is not a readable GeoParquet file"),
            where=Where(file=member.label),
            remedy=Text("Revise que el archivo esté completo y sin comprimir",
                        "Check that the file is whole and not in an archive"),
        ) from error  # fmt: skip


def check_coordinates(frame: gpd.GeoDataFrame, label: str) -> None:
    """Refuse metres declared as degrees, and degrees declared as metres."""
    if frame.geometry.isna().all() or frame.geometry.is_empty.all():
        return
    west, south, east, north = frame.total_bounds
    fits_degrees = (
        west >= _DEGREES[0]
        and south >= _DEGREES[1]
        and east <= _DEGREES[2]
        and north <= _DEGREES[3]
    )
    if frame.crs.is_geographic != fits_degrees:
        raise InputError(
            Text("Las coordenadas no corresponden al sistema que declara la capa",
                 "The coordinates do not fit the system the layer declares"),
            where=Where(file=label, value=f"{frame.crs.name}: {west:.1f}, {south:.1f}"),
            remedy=Text("Corrija el sistema de coordenadas (.prj)", "Mend its system (.prj)"),
        )  # fmt: skip


def _check_code_length(codes: pd.Series, level: Level, member: Member) -> None:
    lengths = complete_code(codes).str.len()
    wrong = lengths.notna() & (lengths != level.code_length)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            Text(f"La capa no es de {level.layer}", f"The layer is not one of {level.layer}"),
            where=Where(file=member.label, row=row + 1, column="CVEGEO", value=codes.iloc[row]),
            remedy=Text(f"Se esperaban claves de {level.code_length} caracteres",
                        f"Codes of {level.code_length} characters were expected"),
        )  # fmt: skip


def _mend(frame: gpd.GeoDataFrame, dropped: Dropped) -> gpd.GeoDataFrame:
    broken = ~frame.geometry.is_valid
    if broken.any():
        dropped.add("geometria_corregida", frame.loc[broken, "cvegeo"])
        mended = frame.loc[broken].geometry.make_valid(method="structure", keep_collapsed=False)
        frame = frame.copy()
        frame.loc[broken, "geometry"] = mended
        frame = frame[~frame.geometry.is_empty]
    return frame


def _join_parts(frame: gpd.GeoDataFrame, dropped: Dropped) -> gpd.GeoDataFrame:
    repeated = frame.duplicated("cvegeo", keep=False)
    if not repeated.any():
        return frame
    dropped.add("partes_unidas", frame.loc[frame.duplicated("cvegeo"), "cvegeo"])
    parts = frame[repeated].groupby("cvegeo", as_index=False)
    joined = gpd.GeoDataFrame(
        parts[["name", "kind"]].first(),
        geometry=[shapely.union_all(list(part.geometry)) for _, part in parts],
        crs=frame.crs,
    )
    return gpd.GeoDataFrame(pd.concat([frame[~repeated], joined], ignore_index=True), crs=frame.crs)
