"""Administration → Tariffs."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from typing_extensions import override

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.catalog.change_stock import MAX_STOCK, change_stock
from billing_panel.administration.catalog.change_tariff import change_tariff, create_tariff
from billing_panel.administration.catalog.find_tariffs import find_tariff, tariffs_in_scope
from billing_panel.administration.catalog.tariff_details import (
    TariffDetails,
    new_tariff,
    tariff_details,
)
from billing_panel.catalog.load_eligibility_facts import category_titles
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility_facts import TariffKind
from billing_panel.catalog.tariff_search import tariffs_found
from billing_panel.kernel.language.text import Titles, say, text
from billing_panel.kernel.tables.find_search_entries import Page, scope_marks
from billing_panel.kernel.values.bounded_parsing import signed_number
from billing_panel.web.administration.catalog.tariff_form import KINDS, MEANT, TariffForm
from billing_panel.web.forms.form_pages import (
    Crumbs,
    FormPage,
    ListCell,
    ListPage,
    ListRow,
    show_list,
)
from billing_panel.web.forms.noun_pages import NounPages, Offered, choose_one, choose_provider
from billing_panel.web.shell import post_in_transaction
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from billing_panel.web.shell.template_formats import money
from permissions.panel_functions import PanelFunction

PAGE = 100
TariffOf = tuple[Tariff, Provider]

tariffs = Blueprint("tariffs", __name__, url_prefix="/tariffs")


reading = access(
    needs(PanelFunction.TARIFF_READ, PanelFunction.TARIFF_CHANGE, PanelFunction.STOCK_CHANGE)
)


changing = access(needs(PanelFunction.TARIFF_CHANGE))


class TariffPages(NounPages[TariffOf, TariffDetails]):
    """What is sold. ``tariff_id``: which one is changed, else ``provider``: whose one is added.

    And ``kind``: of which kind that is.

    ``by`` and ``reason``: a change of its stock as it was typed.
    """

    blueprint = "tariffs"
    title = text("Tariffs")
    new_title = text("New tariff")
    template = "administration/tariff.html"

    def __init__(
        self,
        tariff_id: int = 0,
        *,
        provider: str = "",
        kind: TariffKind = TariffKind.SERVICE,
        by: str = "",
        reason: str = "",
    ) -> None:
        super().__init__()
        self.tariff_id = tariff_id
        self.provider, self.kind = provider, kind
        self.stock_typed = {"by": by, "reason": reason}

    @override
    def blank(self, db: Session) -> TariffDetails:
        return new_tariff(self.kind)

    @override
    def new_page(self, db: Session) -> FormPage:
        provider = find_provider(db, self.actor, self.provider)
        return FormPage(
            gettext("New tariff of %(provider)s", provider=provider.name),
            self.crumbs_of(provider),
            TariffForm(db, provider, self.blank(db)),
            action=url_for("tariffs.new", provider=self.provider, kind=self.kind.value),
        )

    @override
    def find(self, db: Session) -> TariffOf:
        return find_tariff(db, self.actor, self.tariff_id)

    @override
    def details(self, db: Session, row: TariffOf) -> TariffDetails:
        tariff, provider = row
        return tariff_details(db, tariff, provider.currency)

    @override
    def form(self, db: Session, details: TariffDetails, *, sent: bool | None = None) -> TariffForm:
        form = TariffForm(db, self.find(db)[1], details, sent=sent)
        # whether pieces are counted changes the stock, which is a function of its own
        if "counted" in form and not may_open("tariffs.stock"):
            form.fix("counted")
        return form

    @override
    def name(self, row: TariffOf) -> str:
        return say(row[0].title, language())

    def crumbs_of(self, provider: Provider) -> Crumbs:
        own = (provider.name, url_for("tariffs.index", provider=provider.key))
        return [*self.list_crumbs(), own]

    @override
    def crumbs(self, row: TariffOf) -> Crumbs:
        return self.crumbs_of(row[1])

    @override
    def address(self) -> str:
        return url_for("tariffs.change", tariff_id=self.tariff_id)

    @override
    def action(self) -> str:
        return url_for("tariffs.send", tariff_id=self.tariff_id)

    @override
    def may_save(self, row: TariffOf) -> bool:
        return may_open("tariffs.send")

    @override
    def follows(self, row: TariffOf) -> str:
        return f"tariff:{self.tariff_id}"

    @override
    def values(self, db: Session, row: TariffOf) -> Mapping[str, Any]:
        return {
            "stock": row[0].stock,
            "stock_action": url_for("tariffs.stock", tariff_id=self.tariff_id),
            "may_change_stock": may_open("tariffs.stock"),
            **self.stock_typed,
        }

    @override
    def add_row(self, db: Session, details: TariffDetails) -> str:
        made = create_tariff(db, self.provider, details, **self.how)
        return url_for("tariffs.change", tariff_id=made.id)

    @override
    def change_row(self, db: Session, details: TariffDetails, seen: str) -> None:
        change_tariff(db, self.tariff_id, details, seen=seen, **self.how)


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
        called = {one.id: category_titles(db, one.id) for one in offered}
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
                rows=[_row(row, provider, called[provider.id]) for row, provider in rows[:PAGE]],
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


def _row(tariff: Tariff, provider: Provider, called: Mapping[str, Titles]) -> ListRow:
    price = tariff.prices[0] if tariff.prices else None
    cells = [
        ListCell(provider.name),
        ListCell(say(KINDS[tariff.kind], language())),
        ListCell(say(called.get(tariff.category, tariff.category), language())),
        ListCell(money(price.amount, provider.currency) if price else "", number=True),
        ListCell("" if tariff.stock is None else str(tariff.stock), number=True),
        ListCell(gettext("No longer sold"), "mute") if tariff.archived else ListCell(""),
    ]
    title = say(tariff.title, language())
    return ListRow(title, url_for("tariffs.change", tariff_id=tariff.id), tariff.key, cells)


@tariffs.route("/new", methods=["GET", "POST"])
@changing
def new() -> ResponseReturnValue:
    """Add a tariff; first asks of which provider, and of which kind."""
    provider, kind = request.args.get("provider", ""), request.args.get("kind", "")
    crumbs = TariffPages().list_crumbs()
    if not provider:
        return choose_provider(gettext("New tariff"), crumbs, "tariffs.new")
    if kind not in set(TariffKind):
        return _choose_kind(provider)
    return TariffPages(provider=provider, kind=TariffKind(kind)).new()


def _choose_kind(provider: str) -> ResponseReturnValue:
    pages = TariffPages(provider=provider)
    with panel().database.reading() as db:
        crumbs = pages.crumbs_of(find_provider(db, pages.actor, provider))
    offered = [
        Offered(
            say(KINDS[kind], language()),
            url_for("tariffs.new", provider=provider, kind=kind.value),
            say(MEANT[kind], language()),
        )
        for kind in TariffKind
    ]
    return choose_one(gettext("New tariff"), crumbs, gettext("What is sold?"), offered)


@tariffs.get("/<bigid:tariff_id>", endpoint="change")
@reading
def page_of(tariff_id: int) -> ResponseReturnValue:
    """A tariff with its form, for whoever may read it."""
    return TariffPages(tariff_id).show()


@tariffs.post("/<bigid:tariff_id>", endpoint="send")
@changing
def change(tariff_id: int) -> ResponseReturnValue:
    """Save a tariff. Two who change it at once are told of each other."""
    return TariffPages(tariff_id).change()


@tariffs.post("/<bigid:tariff_id>/stock")
@access(needs(PanelFunction.STOCK_CHANGE))
def stock(tariff_id: int) -> ResponseReturnValue:
    """Put pieces into stock or take them out, with a reason. Refuses more than there are."""
    written, reason = request.form.get("by", "").strip(), request.form.get("reason", "").strip()
    pages = TariffPages(tariff_id, by=written, reason=reason)
    # 0, which the action refuses, for what is no number
    by = signed_number(written, most=MAX_STOCK) or 0

    def act(db: Session) -> int:
        return change_stock(db, tariff_id, by, reason, **pages.how)

    def then(left: int) -> ResponseReturnValue:
        flash(gettext("In stock now: %(number)s.", number=left), "ok")
        return redirect(pages.address(), 303)

    return post_in_transaction.change(act, pages.refused, then, post_in_transaction.WITH_RIGHTS)
