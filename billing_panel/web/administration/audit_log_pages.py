"""Administration → Audit log: who did what, when, from where and for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import clients, providers, zone_of
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.login_names import is_login
from billing_panel.accounts.people.user_models import User
from billing_panel.administration.staff.change_staff import staff
from billing_panel.audit.log_entries import LogEntry, read
from billing_panel.audit.log_entry_words import lines, subject_name, who_did
from billing_panel.audit.log_export import refuse_too_many, rows_of
from billing_panel.audit.visible_events import Wanted, named_by, newest, users_named
from billing_panel.kernel.language.errors import FieldError, Invalid, Refused
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.bounded_parsing import read_day, whole_number
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from billing_panel.web.shell.streamed_files import SHEETS, sheet
from permissions.guard import allows
from permissions.panel_functions import PanelFunction

PAGE = 50
FILTERS = ("query", "person", "client", "provider", "kind", "subject", "since", "until")

audit = Blueprint("audit", __name__, url_prefix="/audit")


@dataclass(frozen=True)
class LogRow:
    """One event as the page shows it; ``href``: the page of its subject, for who may open it."""

    entry: LogEntry
    who: str
    subject: str
    href: str | None
    said: str
    details: list[str]


@audit.get("")
@access(needs(PanelFunction.AUDIT_READ, for_staff=True))
def index() -> ResponseReturnValue:
    """What happened, newest first, as far as the reader may know it (``audit:read``)."""
    return _page()


@audit.get(f"/events.<{SHEETS}:file>", endpoint="export")
@access(needs(PanelFunction.AUDIT_EXPORT, for_staff=True))
def save(file: str) -> ResponseReturnValue:
    """The same as a table in a file (``audit:export``). Refuses more rows than the panel allows."""
    running, actor = panel(), current_actor()
    filters = _filters()
    try:
        with running.database.reading() as db:
            zone = zone_of(providers(db, actor), filters["provider"])
            wanted = wanted_of(db, actor, filters, zone)
            refuse_too_many(db, actor, wanted, most=running.config.export_rows)
    except (Invalid, Refused) as refusal:
        if not may_open("audit.index"):
            raise
        return _page(refusal)
    rows = rows_of(
        running.database,
        actor,
        wanted,
        running.event_readers,
        timezone=zone,
        language=language(),
    )
    return sheet(rows, actor, name="audit", kind=file)


def _page(refusal: Invalid | Refused | None = None) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    filters = _filters()
    with running.database.reading() as db:
        offered = providers(db, actor)
        zone = zone_of(offered, filters["provider"])
        try:
            wanted = wanted_of(db, actor, filters, zone)
            events = newest(db, actor, wanted, before=page_start() or None, limit=PAGE + 1)
        except Invalid as wrong:
            refusal, events = wrong, []
        entries = read(db, events[:PAGE], running.event_readers, actor)
        return render_template(
            "audit/index.html",
            rows=[_row(entry, actor) for entry in entries],
            filters=filters,
            refusal=refusal,
            zone=zone,
            providers=offered,
            people=staff(db, actor),
            kinds=_kinds(filters["kind"]),
            subject_shown=_subject_shown(filters, entries),
            next_page=events[PAGE - 1].id if len(events) > PAGE else None,
            may_export=may_open("audit.export"),
            may_see_clients=may_open("clients.profile"),
        ), refusal.status if refusal else 200


def _row(entry: LogEntry, actor: Actor) -> LogRow:
    subject = entry.subject
    opens = subject is not None and allows(actor, subject.needs)
    return LogRow(
        entry=entry,
        who=who_did(entry, language()),
        subject=subject_name(entry, language()),
        href=url_for(subject.endpoint, **subject.values) if subject and opens else None,
        said=say(entry.words.said, language()),
        details=lines(entry, language()),
    )


def _filters() -> Mapping[str, str]:
    return {name: request.args.get(name, "").strip() for name in FILTERS}


def _kinds(chosen: str) -> list[tuple[str, str]]:
    """(kind, title) by title; one that nobody has words for stands there while it is chosen."""
    known = {
        kind: title for reader in panel().event_readers for kind, title in reader.kinds.items()
    }
    titles = {kind: say(title, language()) for kind, title in known.items()}
    if chosen and chosen not in titles:
        titles[chosen] = chosen
    return sorted(titles.items(), key=lambda pair: pair[1])


def _subject_shown(filters: Mapping[str, str], entries: Sequence[LogEntry]) -> str:
    if not filters["subject"]:
        return ""
    return subject_name(entries[0], language()) if entries else filters["subject"]


def wanted_of(db: Session, actor: Actor, filters: Mapping[str, str], zone: str) -> Wanted:
    """Read ``FILTERS`` as typed, days in ``zone``. What names nobody has the id 0, as nothing has.

    Raises Invalid.
    """
    since, until = _day(filters, "since"), _day(filters, "until")
    words = filters["query"]
    provider = select(Provider.id).where(Provider.key == filters["provider"])
    is_client, first_client = is_login(Client.login, filters["client"])
    client = clients(actor).where(is_client).order_by(first_client).with_only_columns(Client.id)
    is_user, first_user = is_login(User.login, filters["person"])
    user = users_named(actor).where(is_user).order_by(first_user)
    return Wanted(
        user_id=(db.scalar(user) or 0) if filters["person"] else None,
        client_id=(db.scalar(client) or 0) if filters["client"] else None,
        provider_id=(db.scalar(provider) or 0) if filters["provider"] else None,
        kind=filters["kind"] or None,
        subject=_subject(filters["subject"]),
        since=_midnight(since, zone) if since else None,
        until=_midnight(until + timedelta(days=1), zone) if until else None,
        named=named_by(db, actor, panel().event_readers, words) if words else None,
    )


def _subject(written: str) -> tuple[str, int] | None:
    """``order:17``."""
    if not written:
        return None
    noun, _, number = written.partition(":")
    return noun, whole_number(number) or 0


def _day(filters: Mapping[str, str], name: str) -> date | None:
    """Raises Invalid."""
    if not filters[name]:
        return None
    read = read_day(filters[name])
    if read is None:
        message = text("Use a date such as 2026-11-22.")
        raise Invalid([FieldError(name, "day", message)])
    return read


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
