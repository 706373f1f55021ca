"""Administration → Client groups."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import BooleanField, StringField

from billing_panel.accounts.firms.providers import METHOD_TITLES, MethodKind
from billing_panel.accounts.people.clients import ClientGroup
from billing_panel.administration.clients.client_groups import (
    GroupDetails,
    find_group,
    group_details,
    save_group,
)
from billing_panel.administration.clients.client_groups import (
    groups as all_groups,
)
from billing_panel.administration.details.detail_changes import state_of
from billing_panel.kernel.language.text import say, text
from billing_panel.web.forms.edit_pages import create, edit
from billing_panel.web.forms.form_frame import (
    CheckListField,
    DetailsForm,
    NumberField,
    PercentField,
    Section,
    TitlesField,
    method_titles,
)
from billing_panel.web.forms.form_pages import (
    FormPage,
    ListCell,
    ListPage,
    ListRow,
    show_list,
)
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, needs
from billing_panel.web.shell.template_formats import percent
from permissions.functions import PanelFunction

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


def _filled(details: GroupDetails) -> dict[str, Any]:
    return {**asdict(details), "seen": state_of(details)}


def _crumbs() -> list[tuple[str, str]]:
    return [(gettext("Client groups"), url_for("groups.index"))]


@groups.get("")
@changing
def index() -> ResponseReturnValue:
    """Groups of clients, with their discounts."""
    with panel().database.reading() as db:
        rows = [_row(group) for group in all_groups(db)]
    return show_list(
        ListPage(
            title=gettext("Client groups"),
            columns=[gettext("Group"), gettext("Discount"), gettext("Can’t pay by")],
            rows=rows,
            icon="tag",
            nothing=(
                gettext("No client groups yet"),
                gettext("Clients in a group share a discount, terms and restrictions."),
            ),
            create=(gettext("New group"), url_for("groups.new")),
        )
    )


def _row(group: ClientGroup) -> ListRow:
    methods = [METHOD_TITLES[MethodKind(row.method)] for row in group.forbidden_methods]
    discount = percent(group.discount_percent) if group.discount_percent else ""
    cells = [
        ListCell(discount, number=True),
        ListCell(", ".join(say(title, language()) for title in methods)),
    ]
    title = say(group.title, language())
    return ListRow(title, url_for("groups.change", group_id=group.id), group.key, cells)


@groups.route("/new", methods=["GET", "POST"])
@changing
def new() -> ResponseReturnValue:
    """Add a group."""
    form = GroupForm(_filled(GroupDetails(key="", titles={})))
    return create(
        FormPage(gettext("New group"), _crumbs(), form),
        lambda db, details: _save(db, None, details),
    )


@groups.route("/<bigid:group_id>", methods=["GET", "POST"])
@changing
def change(group_id: int) -> ResponseReturnValue:
    """Show and save a group."""
    with panel().database.reading() as db:
        group = find_group(db, group_id)
        title, form = say(group.title, language()), GroupForm(_filled(group_details(group)))
    return edit(
        FormPage(title, _crumbs(), form, follows=f"client_group:{group_id}"),
        lambda db, details, seen: _save(db, group_id, details, seen),
        now=lambda db: group_details(find_group(db, group_id)),
        refill=lambda details: GroupForm(_filled(details), sent=False),
    )


def _save(db: Session, group_id: int | None, details: GroupDetails, seen: str | None = None) -> str:
    saved = save_group(db, group_id, details, seen=seen, actor=current_actor(), clock=panel().clock)
    return url_for("groups.change", group_id=saved.id)
