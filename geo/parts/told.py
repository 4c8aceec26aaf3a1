"""What pieces say, told once: sources, notes, checks and what was not computed."""

from collections.abc import Sequence
from typing import Any

from geo.artifacts import CheckRecord, Label, NotComputed, SourceRecord

_EXAMPLES = 5
_NAMED = 3
_OF_NO_PLACE = ("input_output", "industry_accounts", "dem")


def merged_sources(states: Sequence[Sequence[SourceRecord]]) -> list[SourceRecord]:
    """Return one record a role, of all states' files.

    Parameters
    ----------
    states
        The records of each state.
    """
    merged: dict[str, SourceRecord] = {}
    for records in states:
        for record in records:
            held = merged.get(record.role)
            merged[record.role] = record if held is None else _joined(held, record)
    return list(merged.values())


def _joined(held: SourceRecord, more: SourceRecord) -> SourceRecord:
    dropped = {reason: dict(told) for reason, told in held.dropped.items()}
    for reason, told in more.dropped.items():
        known = dropped.setdefault(reason, {"rows": 0, "examples": []})
        known["rows"] += told["rows"]
        known["examples"] = [*known["examples"], *told["examples"]][:_EXAMPLES]
    return held.model_copy(
        update={
            "files": tuple(dict.fromkeys((*held.files, *more.files))),
            # What is of no place is read whole for each state.
            "rows": held.rows if held.role in _OF_NO_PLACE else held.rows + more.rows,
            "dropped": dict(sorted(dropped.items())),
        }
    )


def merged_notes(pieces: Sequence[tuple[str, Sequence[Any]]]) -> tuple[Label, ...]:
    """Return what every piece says once, and what only some say with their names.

    Parameters
    ----------
    pieces
        Name and notes of each piece.
    """
    said: dict[tuple[str, str], list[str]] = {}
    for name, notes in pieces:
        for note in notes:
            said.setdefault((note["es"], note["en"]), []).append(name)
    made = []
    for (es, en), names in said.items():
        if len(names) == len(pieces):
            made.append(Label(es=es, en=en))
        else:
            some = _some(names)
            made.append(Label(es=f"{some}: {es}", en=f"{some}: {en}"))
    return tuple(made)


def merged_reasons(pieces: Sequence[tuple[str, Sequence[Any]]]) -> tuple[NotComputed, ...]:
    """Return what was not computed, with where, unless it was so in every piece."""
    said: dict[tuple[str, str, str], list[str]] = {}
    for name, items in pieces:
        for item in items:
            key = (item["what"], item["reason"]["es"], item["reason"]["en"])
            said.setdefault(key, []).append(name)
    made = []
    for (what, es, en), names in said.items():
        where = "" if len(names) == len(pieces) else f"{_some(names)}: "
        made.append(NotComputed(what=what, reason=Label(es=where + es, en=where + en)))
    return tuple(made)


def merged_checks(pieces: Sequence[tuple[str, Sequence[Any]]]) -> tuple[CheckRecord, ...]:
    """Return each check, passed where it passed everywhere, and else with where it did not."""
    by_id: dict[str, list[tuple[str, Any]]] = {}
    for name, checks in pieces:
        for check in checks:
            by_id.setdefault(check["id"], []).append((name, check))
    made = []
    for found in by_id.values():
        failed = [(name, check) for name, check in found if not check["passed"]]
        record = CheckRecord.model_validate(found[0][1])
        if failed and len(pieces) > 1:
            detail = Label(
                es="; ".join(f"{name}: {check['detail']['es']}" for name, check in failed),
                en="; ".join(f"{name}: {check['detail']['en']}" for name, check in failed),
            )
            record = record.model_copy(update={"passed": False, "detail": detail})
        made.append(record)
    return tuple(made)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" +{more}" if more > 0 else "")
