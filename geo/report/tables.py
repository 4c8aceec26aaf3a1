"""The tables of a report: people, services, centres, and the parts of the place one by one."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from data.tables import Level
from data.texts import Text
from geo.artifacts import ColumnRecord
from geo.figures import Rows
from geo.indicators import GROUPS
from geo.report.model import Cell, DataSheet, Head, Table
from geo.report.place import NAMES, Place, column_cells, head_of
from geo.units import unit_in

FEW = 10  # rows of a table that shows only the parts with the most
_PEOPLE = (
    "population", "children_0_5", "children_6_11", "older_65_plus", "disability", "target_union",
    "women_12_plus", "women_active", "insured_imss", "insured_issste", "uninsured",
)  # fmt: skip
_SERVICE = (
    "demand_{}", "centres_{}", "places_{}", "places_deficit_{}", "nearest_min_{}",
    "within_15min_share_{}", "e2sfca_{}", "desert_distance_{}",
)  # fmt: skip
_PLACE_SERVICE = (*_SERVICE[:-1], "desert_distance_share_{}")
_CENTRES = (
    "centres_direct_{}", "centres_indirect_{}", "centres_public_{}", "centres_private_{}",
    "centres_civil_society_{}", "centres_con_derechohabiencia_{}", "centres_per_1000_{}",
)  # fmt: skip
_LOCALITY = ("population", "children_0_5", "older_65_plus", "disability")
_CENTRE_COLUMNS = (
    "service_type", "service", "sector", "scheme", "neighborhood", "street", "exterior_number",
    "locality", "ageb", "places_central",
)  # fmt: skip
# The column of the centres that says in which place of a level they stand.
_STANDS_IN = {
    "entidad": "state", "municipio": "municipality", "localidad": "locality", "ageb": "ageb",
}  # fmt: skip


def people_table(place: Place) -> Table:
    """Return the people who may need care, with the origin of each figure and the state's."""
    states = [parent for parent in place.parents() if parent.level == "entidad"]
    people = unit_in("personas", "count", place.language)
    heads = [
        Head(name="group", title=place.say("Personas", "People")),
        Head(name="value", title=place.name, unit=people, kind="count"),
        Head(name="status", title=place.say("Origen del dato", "Origin of the figure"),
             kind="state"),
    ]  # fmt: skip
    if states:
        kind = NAMES["entidad"][0].in_language(place.language)
        title = f"{states[0].name} ({kind})"
        heads.append(
            Head(
                name="state",
                title=title,
                unit=people,
                kind="count",
            )
        )
    rows = []
    for name in _PEOPLE:
        column = place.column(name)
        if column is None:
            continue
        derived = Cell(place.say("calculado", "computed"))
        held = place.column(f"{name}_status") is not None
        row = [Cell(column.title.text.in_language(place.language)), place.cell(name),
               place.cell(f"{name}_status") if held else derived]  # fmt: skip
        rows.append((*row, *(state.cell(name) for state in states[:1])))
    return Table(
        id="personas",
        title=place.say("Personas que pueden necesitar cuidados", "People who may need care"),
        heads=tuple(heads),
        rows=tuple(rows),
        note=place.say(
            "«Publicado» es del censo; «estimado» se calculó donde el censo reserva la cifra, con "
            "el rango en que puede estar.",
            "“Published” is the census's; “estimated” was computed where the census withholds the "
            "figure, with the range it may be in.",
        ),
    )


def services_table(place: Place) -> Table:
    """Return the services side by side."""
    services = list(place.services.items())
    heads = [Head(name="service", title=place.say("Servicio", "Service"))]
    held = []
    for stem in _PLACE_SERVICE:
        columns = [found for name, _ in services if (found := place.column(stem.format(name)))]
        if columns:
            heads.append(head_of(columns[0], place.language))
            held.append(stem)
    rows = [
        (Cell(title), *(place.cell(stem.format(name)) for stem in held)) for name, title in services
    ]
    return Table(
        id="servicios",
        title=place.say("Demanda potencial, oferta y acceso por servicio",
                        "Potential demand, supply and access by service"),
        heads=tuple(heads),
        rows=tuple(rows),
    )  # fmt: skip


def centres_by_kind(place: Place) -> Table | None:
    """Return how many centres of each kind serve each group, or None where none is counted."""
    held = [
        stem for stem in _CENTRES
        if any(place.column(stem.format(group)) is not None for group in GROUPS)
    ]  # fmt: skip
    if not held:
        return None
    heads = [Head(name="group", title=place.say("Grupo", "Group"))]
    for stem in held:
        column = next(
            found for group in GROUPS if (found := place.column(stem.format(group))) is not None
        )
        heads.append(head_of(column, place.language))
    rows = tuple(
        (Cell(_capital(title.in_language(place.language))),
         *(place.cell(stem.format(group)) for stem in held))
        for group, title in GROUPS.items()
    )  # fmt: skip
    return Table(
        id="centros_por_tipo",
        title=place.say("Centros por tipo y sector", "Centres by kind and sector"),
        heads=tuple(heads),
        rows=rows,
    )


def part_table(place: Place, level: str, service: str, title: str) -> Table | None:
    """Return a service in every part of a place, those without any centre included."""
    rows, chosen = place.parts(level)
    held = _held(rows, [stem.format(service) for stem in _SERVICE])
    if not held or not len(chosen):
        return None
    parts = NAMES[level][1].in_language(place.language)
    return _table(place, f"{level}_{service}", f"{parts}: {title}", rows, chosen, held)


def locality_table(place: Place) -> Table | None:
    """Return the localities of a place: who lives there and how far the nearest centre is."""
    if "localidad" not in place.shelf.levels:
        return None
    rows, chosen = place.parts("localidad")
    held = _held(rows, [*_LOCALITY, *(f"nearest_min_{name}" for name in place.services)])
    if not held or not len(chosen):
        return None
    titles = {
        f"nearest_min_{name}": place.say("Minutos a: ", "Minutes to: ") + title.partition(" (")[0]
        for name, title in place.services.items()
    }
    title = NAMES["localidad"][1].in_language(place.language)
    return _table(place, "localidades", title, rows, chosen, held, titles)


def most(table: Table, name: str, title: str) -> Table | None:
    """Return the rows of a table with the most of a column, or None if it is short anyway."""
    at = next((at for at, head in enumerate(table.heads) if head.name == name), None)
    if at is None or len(table.rows) <= FEW:
        return None
    known = [row for row in table.rows if isinstance(row[at].value, float) and row[at].value]
    known.sort(key=lambda row: (-float(row[at].value or 0), str(row[0].value)))
    if not known:
        return None
    return Table(id=f"{table.id}_mayores", title=title, heads=table.heads, rows=tuple(known[:FEW]))


def _held(rows: Rows, names: Sequence[str]) -> list[ColumnRecord]:
    by_name = {column.name: column for column in rows.record.columns}
    return [by_name[name] for name in names if name in by_name]


def _table(
    place: Place, table_id: str, title: str, rows: Rows, chosen: range,
    columns: Sequence[ColumnRecord], titles: dict[str, str] | None = None,
) -> Table:  # fmt: skip
    level = rows.record.level or ""
    code = Head(name="cvegeo", title=place.say("Clave", "Code"), kind="identifier")
    named = level not in ("ageb", "manzana")
    heads = [code, *(head_of(item, place.language, title=(titles or {}).get(item.name))
                     for item in columns)]  # fmt: skip
    keys = [Cell(rows.keys[row]) for row in chosen]
    cells = [keys, *(column_cells(item, rows, chosen) for item in columns)]
    if named and "name" in rows.columns:
        heads.insert(0, Head(name="name", title=NAMES[level][0].in_language(place.language)))
        heads[0] = Head(name="name", title=_capital(heads[0].title))
        names = [Cell(rows.value("name", row) or rows.keys[row]) for row in chosen]
        cells.insert(0, names)
    return Table(id=table_id, title=title, heads=tuple(heads), rows=tuple(zip(*cells, strict=True)))


def centre_rows(place: Place) -> tuple[Rows, list[int]] | None:
    """Return the centres that stand in a place, or None where the atlas does not say where."""
    if place.shelf.manifest.layer("centros") is None:
        return None
    rows = place.shelf.table("centros")
    stands_in = _STANDS_IN[place.level]
    if stands_in not in rows.columns:
        return None
    found = np.flatnonzero(rows.columns[stands_in] == place.code)
    return rows, [int(row) for row in found]


def centres_table(place: Place) -> Table | None:
    """Return the centres one by one."""
    found = centre_rows(place)
    if found is None or not found[1]:
        return None
    rows, chosen = found
    held = [
        column for column in _held(rows, _CENTRE_COLUMNS)
        if any(_is_known(rows.value(column.name, row)) for row in chosen)
        and not (column.name == "locality" and place.level in ("localidad", "ageb"))
        and not (column.name == "ageb" and place.level == "ageb")
    ]  # fmt: skip
    heads = [Head(name="name", title=place.say("Centro", "Centre")),
             *(head_of(column, place.language) for column in held)]  # fmt: skip
    named = ["name", "activity"]
    names = [
        Cell(next((str(found) for name in named if name in rows.columns
                   and (found := rows.value(name, row))), rows.keys[row]))
        for row in chosen
    ]  # fmt: skip
    cells = [names]
    for column in held:
        values = column_cells(column, rows, chosen)
        if column.name in ("service_type", "service", "sector", "scheme"):
            values = [_words(cell) for cell in values]
        cells.append(values)
    body = sorted(zip(*cells, strict=True), key=lambda row: str(row[0].value))
    return Table(
        id="centros",
        title=place.say("Centros del directorio", "Centres of the directory"),
        heads=tuple(heads),
        rows=tuple(body),
    )


def neighbourhood_table(place: Place) -> Table | None:
    """Return how many centres of each type each neighbourhood has, or None if none is known."""
    found = centre_rows(place)
    if found is None or not {"neighborhood", "service_type"} <= set(found[0].columns):
        return None
    rows, chosen = found
    counted: dict[str, Counter[str]] = {}
    for row in chosen:
        name = rows.value("neighborhood", row)
        if name:
            here = counted.setdefault(str(name), Counter())
            here[str(rows.value("service_type", row))] += 1
    if not counted:
        return None
    kinds = sorted({kind for row in counted.values() for kind in row})
    centres = unit_in("centros", "count", place.language)
    heads = [Head(name="neighborhood", title=place.say("Colonia", "Neighbourhood"))]
    heads += [
        Head(name=f"centres_{kind}", title=_capital(kind.replace("_", " ")), unit=centres,
             kind="count")
        for kind in kinds
    ]  # fmt: skip
    body = [
        (Cell(name), *(Cell(float(row[kind])) for kind in kinds))
        for name, row in sorted(counted.items())
    ]
    return Table(
        id="colonias",
        title=place.say("Centros por colonia y tipo", "Centres by neighbourhood and type"),
        heads=tuple(heads),
        rows=tuple(body),
        note=place.say(
            "Solo las colonias que el directorio nombra; una colonia sin centros no aparece en él.",
            "Only the neighbourhoods the directory names; one without centres is not in it.",
        ),
    )


def data_sheets(place: Place, levels: Sequence[str]) -> tuple[DataSheet, ...]:
    """Return every column of every part of the place, and of its centres."""
    sheets = []
    for level in levels:
        rows, chosen = place.parts(level)
        if len(chosen):
            title = NAMES[level][1].in_language(place.language)
            sheets.append(_sheet(Level(level).layer, title, rows, list(chosen)))
    found = centre_rows(place)
    if found is not None and found[1]:
        title = Text("Centros", "Centres").in_language(place.language)
        sheets.append(_sheet("centros", title, *found))
    return tuple(sheets)


def _sheet(sheet_id: str, title: str, rows: Rows, chosen: list[int]) -> DataSheet:
    columns = rows.record.columns
    picked = [rows.take(column.name, chosen) for column in columns]
    return DataSheet(
        id=sheet_id,
        title=title,
        columns=columns,
        rows=tuple(zip(*(values.tolist() for values in picked), strict=True)),
    )


def _words(cell: Cell) -> Cell:
    return cell._replace(value=_capital(cell.value.replace("_", " "))) if isinstance(
        cell.value, str) else cell  # fmt: skip


def _is_known(value: object) -> bool:
    return value is not None and value != ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
