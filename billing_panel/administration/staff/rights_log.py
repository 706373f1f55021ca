"""Who changed whose rights, when, from what to what: read from the one log."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import providers
from billing_panel.accounts.people.staff_models import Department, Staff
from billing_panel.administration.staff.change_staff import is_seen, staff
from billing_panel.administration.staff.permission_matrix import DEPARTMENT_CHANGES, STAFF_CHANGES
from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from permissions.guard import require
from permissions.panel_functions import PanelFunction

SEEN_AS, SEEN_ENOUGH = "rights.seen_as", "rights.seen_enough"
KINDS = (*DEPARTMENT_CHANGES, *STAFF_CHANGES, SEEN_AS, SEEN_ENOUGH)
ENDED_WORDS: Mapping[str, Text] = {
    "went_back": text("Viewing with these rights ended: they returned to their own."),
    "signed_out": text("Viewing with these rights ended: they signed out."),
    "not_allowed": text("Viewing with these rights ended: no longer allowed."),
    "session_over": text("Viewing with these rights ended: their session expired."),
}
SWITCH_WORDS: Mapping[bool | None, Text] = {
    True: text("On"),
    False: text("Off"),
    None: text("as set by the departments"),
}
FIELD_WORDS: Mapping[str, Text] = {
    "departments": text("Departments"),
    "disabled": text("Can’t sign in"),
    "key": text("Key"),
    "owner": text("Owner"),
    "providers": text("Works for"),
    "titles": text("Title"),
}


@dataclass(frozen=True)
class LogEntry:
    """``who`` is empty for the system itself; ``whose`` is a department or a person.

    People and providers outside the scope of whoever reads have no names here.
    """

    id: int
    at: datetime
    who: Text | str
    whose: Titles | str
    changes: Sequence[Text]


def rights_log(
    session: Session,
    actor: Actor,
    titles: Mapping[str, Text],
    *,
    before: int | None = None,
    limit: int,
) -> Sequence[LogEntry]:
    """Newest first, people outside the actor's scope left out. ``titles``: those of functions.

    Raises FunctionNotHeld.
    """
    require(actor, PanelFunction.RIGHTS_READ, PanelFunction.RIGHTS_CHANGE)
    people = {person.id: person.name for person in staff(session, actor)}
    page = (
        select(Event, Staff)
        .outerjoin(Staff, Staff.user_id == Event.user_id)
        .where(Event.kind.in_(KINDS), _seen(people))
        .order_by(Event.id.desc())
        .limit(limit)
    )
    if before is not None:
        page = page.where(Event.id < before)
    rows = session.execute(page).all()
    keys = {row.key for row in providers(session, actor)}
    departments = {row.id: row.title for row in session.scalars(select(Department))}
    return [
        LogEntry(
            id=event.id,
            at=event.at,
            who=_who(who, actor),
            whose=departments[event.subject_id]
            if event.subject_kind == "department"
            else people[event.subject_id],
            changes=[*_changes(event, titles, keys)],
        )
        for event, who in rows
    ]


def _who(person: Staff | None, actor: Actor) -> Text | str:
    if person is None:
        return ""
    # owners look after every provider
    named = person.owner or is_seen(person, actor)
    return person.name if named else text("someone from another provider")


def _seen(people: Mapping[int, str]) -> ColumnElement[bool]:
    of_people = and_(Event.subject_kind == "staff", Event.subject_id.in_(people))
    return or_(Event.subject_kind == "department", of_people)


def _changes(event: Event, titles: Mapping[str, Text], own: Collection[str]) -> Iterator[Text]:
    match event.kind:
        case "department.functions_changed":
            yield from (_switched(titles, name, (False, True)) for name in event.facts["on"])
            yield from (_switched(titles, name, (True, False)) for name in event.facts["off"])
        case "staff.functions_changed":
            for name, pair in event.facts["switches"].items():
                yield _switched(titles, name, pair)
        case "department.created" | "staff.created":
            yield text("Added.")
        case "rights.seen_as":
            yield text("The panel was viewed with these rights.")
        case "rights.seen_enough":
            yield ENDED_WORDS[event.facts["how"]]
        case _:
            yield from _fields(_within(event.facts["changes"], own), titles)


def _within(changes: Mapping[str, Any], own: Collection[str]) -> Mapping[str, Any]:
    """Without what became of providers that are not ``own``, by their keys."""
    if "providers" not in changes:
        return changes
    kept = [[key for key in keys if key in own] for keys in changes["providers"]]
    others = {name: pair for name, pair in changes.items() if name != "providers"}
    return others if kept[0] == kept[1] else {**others, "providers": kept}


def _fields(changes: Mapping[str, Any], titles: Mapping[str, Text]) -> Iterator[Text]:
    """Fields that are no rights, such as a language, are no news here."""
    for name, (before, after) in changes.items():
        if name == "functions":
            yield from (_switched(titles, f, (False, True)) for f in sorted({*after} - {*before}))
            yield from (_switched(titles, f, (True, False)) for f in sorted({*before} - {*after}))
        elif name in FIELD_WORDS:
            yield text(
                "%(field)s: %(before)s → %(after)s",
                field=FIELD_WORDS[name],
                before=_plain(before),
                after=_plain(after),
            )


def _switched(titles: Mapping[str, Text], name: str, pair: Sequence[bool | None]) -> Text:
    before, after = pair
    return text(
        "“%(function)s”: %(before)s → %(after)s",
        function=titles.get(name, name),
        before=SWITCH_WORDS[before],
        after=SWITCH_WORDS[after],
    )


def _plain(value: object) -> object:
    match value:
        case bool():
            return text("yes") if value else text("no")
        case dict():
            return Titles(value)
        case [] | None | "":
            return "–"
        case _:
            return value
