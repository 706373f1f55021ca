"""The API of a client's statement as files."""

from typing import Annotated, Literal

from flask import Response
from pydantic import BeforeValidator, Field
from sqlalchemy.orm import Session

from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import ProviderQuery, chosen
from billing_panel.api.request_bodies import NoBody
from billing_panel.kernel.values.money import POINTS
from billing_panel.web.shell.download_names import name_file
from billing_panel.web.shell.streamed_files import CSV, CSV_TYPE, sheet
from invoices.printing.renderer_pool import drawing_for
from permissions.panel_functions import PanelFunction
from plugins.orders.balance.statement import find_account, read_days
from plugins.orders.balance.statement_files import FileOf, file_of, printed_values, rows_of

CLIENT = "/clients/<bigid:client_id>"
PDF = "application/pdf"
EXPORTS = PanelFunction.STATEMENT_EXPORT
FILES = {422: ("provider_needed", "too_long"), 429: ("too_many_at_once",), 503: ("busy",)}

api = Api("orders_statement_api", "Balance")


class StatementFileQuery(ProviderQuery):
    """``from`` and ``to``: days where the provider is, both counted in; empty: without an end."""

    from_: str = Field(default="", alias="from", examples=["2026-11-01"])
    to: str = Field(default="", examples=["2026-11-30"])
    currency: Annotated[
        Literal["money", "points"], BeforeValidator(chosen(["money", POINTS], "unknown_currency"))
    ] = "money"


@api.get(f"{CLIENT}/statement.pdf", EXPORTS, errors=FILES, transaction=False, media=PDF)
def show_statement_pdf(call: Call[NoBody, StatementFileQuery], client_id: int) -> Response:
    """Prints the client's statement: what was supplied and what was paid, or their points."""
    with call.panel.database.reading() as session:
        file = _file(call, session, client_id)
        name, values = file.name, printed_values(session, file)
    drawn = drawing_for(call.panel, call.actor).statement(values)
    return name_file(Response(drawn, content_type=PDF), f"{name}.pdf", shown=True)


@api.get(f"{CLIENT}/statement.csv", EXPORTS, errors=FILES, transaction=False, media=CSV_TYPE)
def show_statement_table(call: Call[NoBody, StatementFileQuery], client_id: int) -> Response:
    """Answers with the client's statement as a table, oldest first."""
    with call.panel.database.reading() as session:
        file = _file(call, session, client_id)
        name = file.name
    return sheet(rows_of(call.panel.database, file), call.actor, name=name, kind=CSV)


def _file(call: Call[NoBody, StatementFileQuery], session: Session, client_id: int) -> FileOf:
    """Raises NotFound, Invalid, Refused ``provider_needed``."""
    query, actor = call.query, call.actor
    days = read_days(query.from_, query.to)
    in_points = query.currency == POINTS
    account = find_account(session, actor, client_id, query.provider, in_points=in_points)
    now = call.panel.clock.now()
    return file_of(account, days, reader=actor, language=call.language, now=now)
