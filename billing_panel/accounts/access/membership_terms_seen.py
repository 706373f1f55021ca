"""The terms between a client and a provider, as far as a reader may see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import ClientGroup, Membership
from billing_panel.kernel.language.text import Titles
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.values.actor import Actor


@dataclass(frozen=True)
class Terms:
    """Words for staff stand here for staff, those for the client for the client.

    ``group`` None: they are in none, or it has no words for whoever looks; ``group_key`` likewise.
    ``credit_limit`` in minor units, None: not for whoever looks. ``block``: why, as they are told
    it, which may be nothing.
    """

    provider: Provider
    group: Titles | None
    group_key: str | None
    discount_percent: Decimal
    credit_limit: int | None
    blocked: bool
    block: str


def terms_seen(membership: Membership, actor: Actor) -> Terms:
    """Read the terms of one membership as ``actor`` may see them."""
    group = membership.group
    return Terms(
        provider=membership.provider,
        group=_title(group, actor) if group else None,
        group_key=group.key if group and sees(actor, Fact.GROUP) else None,
        discount_percent=group.discount_percent if group else Decimal(0),
        credit_limit=membership.credit_limit if sees(actor, Fact.CREDIT_LIMIT) else None,
        blocked=membership.blocked_reason is not None,
        block=_block(membership, actor),
    )


def all_terms_seen(memberships: Iterable[Membership], actor: Actor) -> list[Terms]:
    """Read the terms of each membership, in the order given, as ``actor`` may see them."""
    return [terms_seen(membership, actor) for membership in memberships]


def _title(group: ClientGroup, actor: Actor) -> Titles | None:
    return group.title if sees(actor, Fact.GROUP) else group.client_title


def _block(membership: Membership, actor: Actor) -> str:
    if membership.blocked_reason is None:
        return ""
    if sees(actor, Fact.BLOCK):
        return membership.blocked_reason
    return membership.blocked_text if actor.client_id is not None else ""
