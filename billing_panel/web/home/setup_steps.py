"""The steps that set up an empty panel, in order, for those who may take them."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Membership
from billing_panel.accounts.people.staff_models import Department, Staff
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.extension.hooks import SetupStep
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from permissions.panel_functions import PanelFunction


def setup_steps(session: Session, actor: Actor) -> Sequence[SetupStep]:
    """Those whose function the actor holds; the ones after the first need a provider."""
    if actor.client_id is not None:
        return ()
    return [*_steps(session, actor, providers_in_scope(session, actor))]


def _steps(session: Session, actor: Actor, own: Sequence[Provider]) -> Iterator[SetupStep]:
    ids = [provider.id for provider in own]
    if allows(actor, PanelFunction.PROVIDER_CREATE):
        yield SetupStep(
            text("Add the provider"),
            text("The company that sells: requisites, taxes, bank account, document numbers."),
            "providers.new",
            is_done=bool(own),
        )
    if own and allows(actor, PanelFunction.PROVIDER_CHANGE):
        yield _taxes(own)
    if own and allows(actor, PanelFunction.TARIFF_CHANGE):
        yield SetupStep(
            text("Add tariffs to the catalogue"),
            text("What is sold, for how much, and with which restrictions."),
            "tariffs.new",
            is_done=_any(session, Tariff.provider_id.in_(ids)),
            values={"provider": own[0].key} if len(own) == 1 else {},
        )
    if allows(actor, PanelFunction.STAFF_CHANGE) and allows(actor, PanelFunction.RIGHTS_CHANGE):
        yield SetupStep(
            text("Invite others to work here"),
            text("Create departments and decide what each may do, then add the people."),
            "staff.new" if _any(session, Department.id > 0) else "departments.new",
            is_done=_any(session, Staff.owner.is_(False)),
        )
    if own and allows(actor, PanelFunction.CLIENT_CREATE):
        yield SetupStep(
            text("Add the first client"),
            text("Then orders can be placed for them, and they can sign in themselves."),
            "clients.new",
            is_done=_any(session, Membership.provider_id.in_(ids)),
        )


def _taxes(own: Sequence[Provider]) -> SetupStep:
    lacking = [row for row in own if not row.tax_rates or not row.payment_methods]
    first = (lacking or own)[0]
    return SetupStep(
        text("Add tax rates and payment methods"),
        text("Without a rate no price can be calculated; without a method no one can pay."),
        "providers.change",
        is_done=not lacking,
        values={"key": first.key},
    )


def _any(session: Session, condition: ColumnElement[bool]) -> bool:
    return bool(session.scalar(select(exists().where(condition))))
