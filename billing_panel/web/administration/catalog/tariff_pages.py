"""Administration → Tariffs."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.firms.providers import Provider
from billing_panel.administration.catalog.change_stock import MAX_STOCK, change_stock
from billing_panel.administration.catalog.change_tariff import change_tariff, create_tariff
from billing_panel.administration.catalog.tariff_details import (
    TariffDetails,
    find_tariff,
    tariff_details,
    tariffs_in_scope,
)
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.facts import TariffKind
from billing_panel.catalog.tariff_search import tariffs_found
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import say
from billing_panel.kernel.tables.search_index import Page, scope_marks
from billing_panel.kernel.values.bounded_parsing import signed_number
from billing_panel.web.administration.catalog.tariff_form import KINDS, TariffForm
from billing_panel.web.forms.edit_pages import create, edit
from billing_panel.web.forms.form_pages import (
    FormPage,
    ListCell,
    ListPage,
    ListRow,
    refused,
    show,
    show_list,
)
from billing_panel.web.shell import refused_page
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from billing_panel.web.shell.template_formats import money
from permissions.functions import PanelFunction

PAGE = 100


tariffs = Blueprint("tariffs", __name__, url_prefix="/tariffs")


reading = access(
    needs(PanelFunction.TARIFF_READ, PanelFunction.TARIFF_CHANGE, PanelFunction.STOCK_CHANGE)
)


changing = access(needs(PanelFunction.TARIFF_CHANGE))


def _crumbs(provider: Provider) -> list[tuple[str, str]]:
    return [
        (gettext("Tariffs"), url_for("tariffs.index")),
        (provider.name, url_for("tariffs.index", provider=provider.key)),
    ]


@tariffs.get("")
@reading
def index() -> ResponseReturnValue:
    """Tariffs of one's providers, by provider and words."""
    actor = current_actor()
    wanted, words = request.args.get("provider", ""), request.args.get("query", "").strip()
    with panel().database.reading() as db:
        offered = providers_in_scope(db, actor)
        by_id = {provider.id: provider for provider in offered}
        page = tariffs_in_scope(actor)
        of_provider = []
        if wanted:
            of_provider.append(Tariff.provider_id == find_provider(db, actor, wanted).id)
        page = page.where(*of_provider)
        if words:
            start = Page(PAGE + 1, after=page_start())
            ids = tariffs_found(db, words, scope_marks(actor), start, *of_provider)
            page = page.where(Tariff.id.in_(ids))
        found = page.where(Tariff.id > page_start()).order_by(Tariff.id).limit(PAGE + 1)
        rows = [(row, by_id[row.provider_id]) for row in db.scalars(found)]
        new_one = (gettext("New tariff"), url_for("tariffs.new", provider=wanted or None))
        return show_list(
            ListPage(
                title=gettext("Tariffs"),
                columns=[
                    gettext("Tariff"),
                    gettext("Provider"),
                    gettext("Kind"),
                    gettext("Category"),
                    gettext("Price"),
                    gettext("Stock"),
                    gettext("State"),
                ],
                rows=[_row(row, provider) for row, provider in rows[:PAGE]],
                icon="box",
                nothing=_nothing(filtered=bool(wanted or words), any_provider=bool(offered)),
                create=new_one if offered and may_open("tariffs.new") else None,
                values={
                    "providers": offered,
                    "provider": wanted,
                    "query": words,
                    "next_page": rows[PAGE - 1][0].id if len(rows) > PAGE else None,
                },
                template="administration/tariffs.html",
            )
        )


def _nothing(*, filtered: bool, any_provider: bool) -> tuple[str, str]:
    if not any_provider:
        return gettext("No provider yet"), gettext("Add the provider first, then its tariffs.")
    if filtered:
        return gettext("No matching tariffs"), gettext(
            "No tariff has that in its title, key or category."
        )
    return (
        gettext("No tariffs yet"),
        gettext("What you sell appears here, with prices, options and restrictions."),
    )


def _row(tariff: Tariff, provider: Provider) -> ListRow:
    price = tariff.prices[0] if tariff.prices else None
    cells = [
        ListCell(provider.name),
        ListCell(say(KINDS[tariff.kind], language())),
        ListCell(tariff.category),
        ListCell(money(price.amount, provider.currency) if price else "", number=True),
        ListCell("" if tariff.stock is None else str(tariff.stock), number=True),
        ListCell(gettext("No longer sold"), "mute") if tariff.archived else ListCell(""),
    ]
    title = say(tariff.title, language())
    return ListRow(title, url_for("tariffs.change", tariff_id=tariff.id), tariff.key, cells)


@tariffs.route("/new", methods=["GET", "POST"])
@changing
def new() -> ResponseReturnValue:
    """Add a tariff; first asks of which provider."""
    running, actor = panel(), current_actor()
    key = request.args.get("provider", "")
    if not key:
        return _choose_provider()
    with running.database.reading() as db:
        provider = find_provider(db, actor, key)
        blank = TariffDetails("", {}, TariffKind.SERVICE, category="", tax_class="")
        form = TariffForm(db, provider, blank)
        crumbs = _crumbs(provider)
    address = url_for("tariffs.new", provider=key)
    title = gettext("New tariff of %(provider)s", provider=provider.name)
    page = FormPage(title, crumbs, form, action=address)

    def make(db: Session, details: TariffDetails) -> str:
        made = create_tariff(db, key, details, actor=actor, clock=running.clock)
        return url_for("tariffs.change", tariff_id=made.id)

    return create(page, make)


def _choose_provider() -> ResponseReturnValue:
    """Where there is one, it is chosen; where there is none, nothing can be sold yet."""
    with panel().database.reading() as db:
        offered = providers_in_scope(db, current_actor())
    if not offered:
        return redirect(url_for("tariffs.index"))
    addresses = [(one.name, url_for("tariffs.new", provider=one.key)) for one in offered]
    if len(addresses) == 1:
        return redirect(addresses[0][1])
    return render_template(
        "administration/choose_provider.html",
        title=gettext("New tariff"),
        crumbs=[(gettext("Tariffs"), url_for("tariffs.index"))],
        offered=addresses,
    )


@tariffs.get("/<bigid:tariff_id>", endpoint="change")
@reading
def page_of(tariff_id: int) -> ResponseReturnValue:
    """A tariff with its form, for whoever may read it."""
    return show(_page(tariff_id))


@tariffs.post("/<bigid:tariff_id>", endpoint="send")
@changing
def change(tariff_id: int) -> ResponseReturnValue:
    """Save a tariff. Two who change it at once are told of each other."""
    running, actor = panel(), current_actor()

    def save(db: Session, details: TariffDetails, seen: str) -> str:
        change_tariff(db, tariff_id, details, seen=seen, actor=actor, clock=running.clock)
        return url_for("tariffs.change", tariff_id=tariff_id)

    def now(db: Session) -> TariffDetails:
        tariff, provider = find_tariff(db, actor, tariff_id)
        return tariff_details(db, tariff, provider.currency)

    def refill(details: TariffDetails) -> TariffForm:
        with panel().database.reading() as db:
            provider = find_tariff(db, actor, tariff_id)[1]
            return _form(db, provider, details, sent=False)

    return edit(_page(tariff_id), save, now=now, refill=refill)


@tariffs.post("/<bigid:tariff_id>/stock")
@access(needs(PanelFunction.STOCK_CHANGE))
def stock(tariff_id: int) -> ResponseReturnValue:
    """Put pieces into stock or take them out, with a reason. Refuses more than there are."""
    running = panel()
    written, reason = request.form.get("by", "").strip(), request.form.get("reason", "").strip()
    # 0, which the action refuses, for what is no number
    by = signed_number(written, most=MAX_STOCK) or 0

    def act(db: Session) -> int:
        return change_stock(db, tariff_id, by, reason, actor=current_actor(), clock=running.clock)

    def again(refusal: DomainError) -> ResponseReturnValue:
        page = _page(tariff_id, sent=False, by=written, reason=reason)
        return refused(page, refusal, sent=False)

    def then(left: int) -> ResponseReturnValue:
        flash(gettext("In stock now: %(number)s.", number=left), "ok")
        return redirect(url_for("tariffs.change", tariff_id=tariff_id), 303)

    return refused_page.change(act, again, then, refused_page.WITH_RIGHTS)


def _form(
    db: Session, provider: Provider, details: TariffDetails, *, sent: bool | None
) -> TariffForm:
    """Of a tariff there is; whether it is counted changes its stock, a function of its own."""
    form = TariffForm(db, provider, details, sent=sent)
    if not may_open("tariffs.stock"):
        form.fix("counted")
    return form


def _page(tariff_id: int, *, sent: bool | None = None, by: str = "", reason: str = "") -> FormPage:
    actor = current_actor()
    with panel().database.reading() as db:
        tariff, provider = find_tariff(db, actor, tariff_id)
        details = tariff_details(db, tariff, provider.currency)
        values: dict[str, Any] = {
            "stock": tariff.stock,
            "stock_action": url_for("tariffs.stock", tariff_id=tariff_id),
            "may_change_stock": may_open("tariffs.stock"),
            "by": by,
            "reason": reason,
        }
        return FormPage(
            title=say(tariff.title, language()),
            crumbs=_crumbs(provider),
            form=_form(db, provider, details, sent=sent),
            may_save=may_open("tariffs.send"),
            action=url_for("tariffs.send", tariff_id=tariff_id),
            template="administration/tariff.html",
            values=values,
            follows=f"tariff:{tariff_id}",
        )
