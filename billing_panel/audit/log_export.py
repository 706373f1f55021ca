"""The log as a file, in the reader's language, a page of events at a time."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from billing_panel.audit.log_entries import LogEntry, read
from billing_panel.audit.log_entry_words import lines, subject_name, who_did
from billing_panel.audit.visible_events import Wanted, newest, newest_ids
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.extension.hooks import EventReader
from billing_panel.kernel.files.csv_rows import SheetCell, SheetRow
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import Actor
from permissions.guard import require
from permissions.panel_functions import PanelFunction

PAGE = 500
COLUMNS = (
    text("Event"),
    text("When (%(zone)s)"),
    text("Who"),
    text("Login"),
    text("IP address"),
    text("Client"),
    text("Client’s login"),
    text("Provider"),
    text("Subject"),
    text("What happened"),
    text("Details"),
    text("Kind"),
)


def refuse_too_many(session: Session, actor: Actor, wanted: Wanted, *, most: int) -> None:
    """Raises FunctionNotHeld, Refused ``too_many_events``."""
    require(actor, PanelFunction.AUDIT_EXPORT)
    if len(newest_ids(session, actor, wanted, limit=most + 1)) > most:
        raise Refused(
            text(
                "That is more than %(most)s events; choose fewer, for example by date.", most=most
            ),
            code="too_many_events",
        )


def rows_of(
    database: Database,
    actor: Actor,
    wanted: Wanted,
    readers: Sequence[EventReader],
    *,
    timezone: str,
    language: str,
) -> Iterator[SheetRow]:
    """Its heading, then newest first; each page is read in a transaction of its own."""
    yield [say(column, language) % {"zone": timezone} for column in COLUMNS]
    before: int | None = None
    while True:
        with database.reading() as session:
            events = newest(session, actor, wanted, before=before, limit=PAGE)
            entries = read(session, events, readers, actor)
            rows = [_row(entry, ZoneInfo(timezone), language) for entry in entries]
        yield from rows
        if len(events) < PAGE:
            return
        before = events[-1].id


def _row(entry: LogEntry, zone: ZoneInfo, language: str) -> list[SheetCell]:
    return [
        entry.event.id,
        entry.at.astimezone(zone),
        who_did(entry, language),
        entry.who.login if entry.who else "",
        entry.event.address,
        entry.client.name if entry.client else "",
        entry.client.login if entry.client else "",
        entry.provider.name if entry.provider else "",
        subject_name(entry, language),
        say(entry.words.said, language),
        "; ".join(lines(entry, language)),
        entry.event.kind,
    ]
