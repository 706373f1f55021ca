"""Clients → Clients: find the client whose orders to open."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import selectinload

from billing_panel.accounts.clients import Client
from billing_panel.accounts.queries import matching
from billing_panel.accounts.scope import clients as clients_in_scope
from billing_panel.accounts.scope import seen_memberships
from billing_panel.web.access import access, needs
from billing_panel.web.context import current_actor, panel
from billing_panel.web.paging import page_start
from permissions.functions import PanelFunction

PAGE = 50

clients = Blueprint("clients", __name__)


@clients.get("/clients")
@access(needs(PanelFunction.CLIENT_READ))
def index() -> ResponseReturnValue:
    actor = current_actor()
    query = request.args.get("query", "").strip()
    after = page_start()
    with panel().database.reading() as db:
        page = clients_in_scope(actor).options(selectinload(Client.memberships).joinedload("*"))
        if query:
            page = page.where(matching(query))
        rows = db.scalars(page.where(Client.id > after).order_by(Client.id).limit(PAGE + 1)).all()
        return render_template(
            "clients/index.html",
            clients=[(row, seen_memberships(actor, row)) for row in rows[:PAGE]],
            query=query,
            next_page=rows[PAGE - 1].id if len(rows) > PAGE else None,
        )
