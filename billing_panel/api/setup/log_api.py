"""The API of the audit log as its page has it: newest first, narrowed by who, what and when.

``events_api`` reads the same log onwards, in the order of ids, for those who follow it.
"""

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider, providers, zone_of
from billing_panel.api.answer_models import PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.events_api import EventAnswer, event_answer
from billing_panel.api.query_parameters import PageQuery, Query, page_by_id
from billing_panel.api.request_bodies import NoBody
from billing_panel.audit.extend_hash_chain import head_of
from billing_panel.audit.log_entries import read
from billing_panel.audit.log_export import refuse_too_many, rows_of
from billing_panel.audit.visible_events import Wanted, newest
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.web.administration.audit_log_pages import wanted_of
from billing_panel.web.shell.streamed_files import CSV, CSV_TYPE, sheet
from permissions.panel_functions import PanelFunction

MOST_TYPED = 200

api = Api("panel_log_api", "Log")


class FilteredLogQuery(Query):
    """``person`` and ``client``: logins; ``subject``: a noun and an id; ``since``, ``until``: days.

    ``query``: names of clients, people and things, as people type them.
    """

    query: str = Field(default="", max_length=MOST_TYPED, examples=["10017"])
    person: str = Field(default="", max_length=MOST_TYPED, examples=["maria"])
    client: str = Field(default="", max_length=MOST_TYPED, examples=["stoyanova"])
    provider: str = Field(default="", max_length=MOST_TYPED, examples=["nordvik"])
    kind: str = Field(default="", max_length=MOST_TYPED, examples=["order.placed"])
    subject: str = Field(default="", max_length=MOST_TYPED, examples=["order:17"])
    since: str = Field(default="", max_length=MOST_TYPED, examples=["2026-11-01"])
    until: str = Field(default="", max_length=MOST_TYPED, examples=["2026-11-30"])


class LogQuery(FilteredLogQuery, PageQuery):
    """A page of what the filters leave."""


@api.get("/audit", PanelFunction.AUDIT_READ)
def list_log(call: Call[NoBody, LogQuery]) -> PageAnswer[EventAnswer]:
    """Lists the log newest first, as far as visible, narrowed by who, what and when."""
    query = call.query
    events, cursor = page_by_id(
        newest(
            call.session,
            call.actor,
            _wanted(call, call.session, query)[0],
            before=query.cursor,
            limit=query.limit + 1,
        ),
        query.limit,
    )
    sealed = head_of(call.session).event_id
    entries = read(call.session, events, call.panel.event_readers, call.actor)
    items = [event_answer(entry, sealed, call) for entry in entries]
    return PageAnswer(items=items, next_cursor=cursor)


@api.get(
    "/audit.csv",
    PanelFunction.AUDIT_EXPORT,
    errors={422: ("too_many_events",), 429: ("too_many_at_once",), 503: ("busy",)},
    transaction=False,
    media=CSV_TYPE,
)
def show_log_table(call: Call[NoBody, FilteredLogQuery]) -> Response:
    """Answers with the same as a table, all of it."""
    running = call.panel
    with running.database.reading() as session:
        wanted, zone = _wanted(call, session, call.query)
        refuse_too_many(session, call.actor, wanted, most=running.config.export_rows)
    rows = rows_of(
        running.database,
        call.actor,
        wanted,
        running.event_readers,
        timezone=zone,
        language=call.language,
    )
    return sheet(rows, call.actor, name="audit", kind=CSV)


def _wanted(call: AnyCall, session: Session, query: FilteredLogQuery) -> tuple[Wanted, str]:
    """What is asked, and the zone of its days.

    Raises NotFound, Invalid; of who is not known too, so that no mistake finds nothing.
    """
    if query.provider:
        find_provider(session, call.actor, query.provider)
    zone = zone_of(providers(session, call.actor), query.provider)
    filters = query.model_dump(exclude={"limit", "cursor"})
    wanted = wanted_of(session, call.actor, filters, zone)
    nobody = text("Nothing of this name, or you don’t have access to it.")
    found = {"person": wanted.user_id, "client": wanted.client_id}
    known = {kind for reader in call.panel.event_readers for kind in reader.kinds}
    errors = [FieldError(name, f"unknown_{name}", nobody) for name in found if found[name] == 0]
    if query.kind and query.kind not in known:
        errors.append(FieldError("kind", "unknown_kind", nobody))
    if wanted.subject is not None and wanted.subject[1] == 0:
        errors.append(FieldError("subject", "unknown_subject", nobody))
    if errors:
        raise Invalid(errors)
    return wanted, zone
