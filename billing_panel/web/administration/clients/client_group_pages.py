"""Administration → Client groups."""

from collections.abc import Iterable
from dataclasses import asdict

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from typing_extensions import override
from wtforms import BooleanField, StringField

from billing_panel.accounts.companies.provider_models import METHOD_TITLES, MethodKind
from billing_panel.accounts.people.client_models import ClientGroup
from billing_panel.administration.clients.client_groups import (
    GroupDetails,
    find_group,
    group_details,
    save_group,
)
from billing_panel.administration.clients.client_groups import (
    groups as all_groups,
)
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.kernel.language.text import say, text
from billing_panel.web.forms.details_form import DetailsForm, Section
from billing_panel.web.forms.form_pages import ListCell, ListRow
from billing_panel.web.forms.noun_pages import NounPages
from billing_panel.web.forms.typed_fields import (
    CheckListField,
    NumberField,
    PercentField,
    TitlesField,
    method_titles,
)
from billing_panel.web.shell.request_context import language
from billing_panel.web.shell.route_access import access, needs
from billing_panel.web.shell.template_formats import percent
from permissions.panel_functions import PanelFunction

groups = Blueprint("groups", __name__, url_prefix="/client-groups")
changing = access(needs(PanelFunction.GROUP_CHANGE))


class GroupForm(DetailsForm):
    """A client group: what it is called, its terms, and what its clients may not do."""

    key = StringField(text("Key"))
    titles = TitlesField(text("Title for staff"), description=text("Clients can’t see it."))
    client_titles = TitlesField(
        text("Title for clients"),
        description=text(
            "What its clients are told about it; empty: they are not told about a group."
        ),
    )
    discount_percent = PercentField(
        text("Discount, percent"),
        description=text("Applies to list prices and options, not to set-up fees or points."),
    )
    payment_terms_days = NumberField(
        text("Days to pay"),
        description=text(
            "Empty: as set by the provider. A deadline after which the order is"
            " lost takes precedence."
        ),
    )
    ignores_service_limits = BooleanField(
        text("No limits per client"),
        description=text("These clients may have more of a tariff than its limit allows."),
    )
    only_for = TitlesField(
        text("Shown where a tariff is only for this group"),
        description=text("Clients see it. For example: Only for clients with a signed contract."),
    )
    forbidden_methods = CheckListField(text("Can’t pay by"), choices=method_titles)

    REQUIRED = ("key", "titles", "discount_percent")
    SECTIONS = (
        Section(text("Group"), ("key", "titles", "client_titles")),
        Section(
            text("Terms"), ("discount_percent", "payment_terms_days", "ignores_service_limits")
        ),
        Section(text("Restrictions"), ("only_for", "forbidden_methods")),
    )

    def details(self) -> GroupDetails:
        typed = self.values()
        methods = [MethodKind(value) for value in sorted(typed.pop("forbidden_methods"))]
        return GroupDetails(**typed, forbidden_methods=methods)


class GroupPages(NounPages[ClientGroup, GroupDetails]):
    """Groups of clients. ``group_id``: which one is changed."""

    blueprint = "groups"
    title = text("Client groups")
    new_title = text("New group")
    columns = (text("Group"), text("Discount"), text("Can’t pay by"))
    icon = "tag"
    nothing = (
        text("No client groups yet"),
        text("Clients in a group share a discount, terms and restrictions."),
    )

    def __init__(self, group_id: int = 0) -> None:
        super().__init__()
        self.group_id = group_id

    @override
    def rows(self, db: Session) -> Iterable[ListRow]:
        return map(_row, all_groups(db))

    @override
    def blank(self, db: Session) -> GroupDetails:
        return GroupDetails(key="", titles={})

    @override
    def find(self, db: Session) -> ClientGroup:
        return find_group(db, self.group_id)

    @override
    def details(self, db: Session, row: ClientGroup) -> GroupDetails:
        return group_details(row)

    @override
    def form(self, db: Session, details: GroupDetails, *, sent: bool | None = None) -> GroupForm:
        return GroupForm({**asdict(details), "seen": state_of(details)}, sent=sent)

    @override
    def name(self, row: ClientGroup) -> str:
        return say(row.title, language())

    @override
    def address(self) -> str:
        return url_for("groups.change", group_id=self.group_id)

    @override
    def follows(self, row: ClientGroup) -> str:
        return f"client_group:{row.id}"

    @override
    def add_row(self, db: Session, details: GroupDetails) -> str:
        made = save_group(db, None, details, **self.how)
        return url_for("groups.change", group_id=made.id)

    @override
    def change_row(self, db: Session, details: GroupDetails, seen: str) -> None:
        save_group(db, self.group_id, details, seen=seen, **self.how)


def _row(group: ClientGroup) -> ListRow:
    methods = [METHOD_TITLES[MethodKind(row.method)] for row in group.forbidden_methods]
    discount = percent(group.discount_percent) if group.discount_percent else ""
    cells = [
        ListCell(discount, number=True),
        ListCell(", ".join(say(title, language()) for title in methods)),
    ]
    title = say(group.title, language())
    return ListRow(title, url_for("groups.change", group_id=group.id), group.key, cells)


@groups.get("")
@changing
def index() -> ResponseReturnValue:
    """Groups of clients, with their discounts."""
    return GroupPages().index()


@groups.route("/new", methods=["GET", "POST"])
@changing
def new() -> ResponseReturnValue:
    """Add a group."""
    return GroupPages().new()


@groups.route("/<bigid:group_id>", methods=["GET", "POST"])
@changing
def change(group_id: int) -> ResponseReturnValue:
    """Show and save a group."""
    return GroupPages(group_id).change()
