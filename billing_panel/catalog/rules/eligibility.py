"""Whether a client may order a tariff: every reason why not, or none. Pure.

There is no parameter for who asks, so staff cannot gain anything by asking (H2). The one rule
that depends on it stands apart: ``self_service_reasons`` is for the client's own area. What two of
the staff have granted the client is a fact about them like their group, and lifts what is LIFTABLE
from the line it was granted for, its parts included.

A bundle may be ordered only if each of its parts may.

What a reason tells of a fact that not everybody may know is guarded, and so is what only staff can
do about it: a client is told what was written for them, or that they may ask.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from billing_panel.catalog.rules.eligibility_facts import (
    Basket,
    Choice,
    ClientFacts,
    GroupFacts,
    TariffFacts,
)
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import AnyOf, Country, Text, text
from billing_panel.kernel.language.text_with_guarded_fact import Fact, guarded
from billing_panel.kernel.values.money import Money

# What an exception may lift, by the code of the reason. Never a block, stock, what is no longer
# sold, a country (the law), a payment method or another provider's tariff.
LIFTABLE: Mapping[str, Text] = {
    "group_not_allowed": text("Only for other client groups"),
    "group_forbidden": text("Not for the client’s group"),
    "limit_reached": text("Limit per client"),
    "prerequisite_missing": text("Needs another tariff with it"),
    "debt_over_limit": text("Debt over the credit limit"),
}

# The remedy where only staff can do something about it.
ASK_US = text("Ask us about it.")

Rule = Callable[[ClientFacts, TariffFacts, Basket], Reason | None]


def eligibility(client: ClientFacts, choice: Choice, basket: Basket) -> tuple[Reason, ...]:
    """Every reason why ``client`` may not have ``choice`` in ``basket``; empty: they may."""
    lifted = _lifted(client, choice, basket)
    found = dict.fromkeys(_reasons(client, choice, basket))
    return tuple(reason for reason in found if reason.code not in lifted)


def _lifted(client: ClientFacts, choice: Choice, basket: Basket) -> set[str]:
    """Codes of what is granted away for this line; nothing that is not LIFTABLE."""
    covering = (g for g in client.granted if g.covers(choice, basket.choices))
    return LIFTABLE.keys() & {granted.lifted or "" for granted in covering}


def self_service_reasons(choice: Choice) -> tuple[Reason, ...]:
    """The reason that binds the client alone: the tariff, or a part of it, goes through staff."""
    return tuple(
        Reason(
            "not_self_service",
            text("%(tariff)s can only be ordered through our staff.", tariff=tariff.title),
            text("Ask our staff to place the order for you."),
        )
        for tariff in choice.tariff.with_components()
        if not tariff.self_service
    )


def _reasons(client: ClientFacts, choice: Choice, basket: Basket) -> Iterator[Reason]:
    for rule in CLIENT_RULES:
        if reason := rule(client, choice.tariff, basket):
            yield reason
    for tariff in choice.tariff.with_components():
        for rule in TARIFF_RULES:
            if reason := rule(client, tariff, basket):
                yield reason


def wrong_provider(client: ClientFacts, tariff: TariffFacts, _basket: Basket) -> Reason | None:
    """Refuse who is not a client of the provider that sells the tariff."""
    if client.is_client and client.provider == tariff.provider:
        return None
    return Reason(
        "wrong_provider",
        text(
            "The client is not a client of the provider that sells %(tariff)s.", tariff=tariff.title
        ),
        text("Make them a client of that provider, or choose a tariff of their own provider."),
    )


def blocked(client: ClientFacts, _tariff: TariffFacts, _basket: Basket) -> Reason | None:
    """Refuse a blocked client. Staff's reason is guarded; the client reads ``blocked_text``."""
    if client.blocked_reason is None:
        return None
    return Reason(
        "client_blocked",
        guarded(
            Fact.BLOCK,
            text("The client is blocked: %(reason)s.", reason=client.blocked_reason.rstrip("."))
            if client.blocked_reason
            else text("The client is blocked."),
            plain=text("Orders are closed for now: %(words)s.", words=words)
            if (words := client.blocked_text.rstrip("."))
            else text("Orders are closed for now."),
        ),
        guarded(Fact.STAFF, text("Unblock them."), plain=ASK_US),
    )


def debt(client: ClientFacts, _tariff: TariffFacts, _basket: Basket) -> Reason | None:
    """Refuse a client who is lent more than their credit limit."""
    return over_limit(client)


def over_limit(client: ClientFacts) -> Reason | None:
    """The client is lent more than their credit limit: debts and a balance below zero together."""
    if client.lent <= client.credit_limit:
        return None
    lent, limit = (Money(sum_, client.currency) for sum_ in (client.lent, client.credit_limit))
    return Reason(
        "debt_over_limit",
        guarded(
            Fact.BALANCE,
            _lent_words(client, lent, limit),
            plain=text("The debt is over the credit limit."),
        ),
        guarded(
            Fact.BALANCE,
            text("Pay at least %(excess)s of the debt.", excess=lent - limit),
            plain=text("Pay what is owed first."),
        ),
    )


def _lent_words(client: ClientFacts, lent: Money, limit: Money) -> Text:
    if client.balance >= 0:
        return text(
            "The debt of %(debt)s is over the credit limit of %(limit)s.", debt=lent, limit=limit
        )
    return text(
        "Debts and the negative balance come to %(lent)s, over the credit limit of %(limit)s.",
        lent=lent,
        limit=limit,
    )


def payment_method(client: ClientFacts, _tariff: TariffFacts, basket: Basket) -> Reason | None:
    """Refuse a method that the client's group may not pay by; None is not chosen yet."""
    if basket.method is None or basket.method.key not in client.forbidden_methods:
        return None
    return Reason(
        "payment_method_forbidden",
        guarded(
            Fact.GROUP,
            text(
                "This payment method is not available to clients of the group"
                " “%(group)s”: %(method)s.",
                group=client.group.title if client.group else "",
                method=basket.method.title,
            ),
            plain=text(
                "This payment method is not available here: %(method)s.", method=basket.method.title
            ),
        ),
        text("Choose another payment method."),
    )


def archived(_client: ClientFacts, tariff: TariffFacts, _basket: Basket) -> Reason | None:
    """Refuse a tariff that is no longer sold."""
    if not tariff.archived:
        return None
    return Reason(
        "archived",
        text("%(tariff)s is no longer sold.", tariff=tariff.title),
        text("Choose another tariff."),
    )


def allowed_group(client: ClientFacts, tariff: TariffFacts, _basket: Basket) -> Reason | None:
    """Refuse a client in none of the groups the tariff is for; without any it is for all."""
    allowed = tariff.allowed_groups
    if not allowed or (client.group and client.group.key in {group.key for group in allowed}):
        return None
    names = AnyOf([group.title for group in allowed])
    own_words = allowed[0].only_for if len(allowed) == 1 else None
    return Reason(
        "group_not_allowed",
        text("%(sentence)s", sentence=own_words)
        if own_words
        else guarded(
            Fact.GROUP,
            text("Only for clients in these groups: %(groups)s.", groups=names),
            plain=_only_for_others(allowed, tariff),
        ),
        guarded(
            Fact.GROUP,
            text("Move the client to one of these groups: %(groups)s.", groups=names),
            plain=ASK_US,
        ),
    )


def _only_for_others(allowed: Sequence[GroupFacts], tariff: TariffFacts) -> Text:
    """By the names that clients know, where every group has one."""
    names = [group.client_title for group in allowed if group.client_title]
    if len(names) == len(allowed):
        return text("Only for clients in these groups: %(groups)s.", groups=AnyOf(names))
    return text("%(tariff)s is for other clients only.", tariff=tariff.title)


def forbidden_group(client: ClientFacts, tariff: TariffFacts, _basket: Basket) -> Reason | None:
    """Refuse a client whose group the tariff is not for."""
    forbidden = {group.key for group in tariff.forbidden_groups}
    if client.group is None or client.group.key not in forbidden:
        return None
    return Reason(
        "group_forbidden",
        guarded(
            Fact.GROUP,
            text(
                "%(tariff)s is not available to clients of the group “%(group)s”.",
                group=client.group.title,
                tariff=tariff.title,
            ),
            plain=text("%(tariff)s is for other clients only.", tariff=tariff.title),
        ),
        guarded(Fact.GROUP, text("Move the client to another group."), plain=ASK_US),
    )


def country(client: ClientFacts, tariff: TariffFacts, _basket: Basket) -> Reason | None:
    """Refuse a client whose country is not among those of the tariff; without any all are."""
    if not tariff.countries or client.country in tariff.countries:
        return None
    return Reason(
        "country_not_allowed",
        text(
            "%(tariff)s is not sold to %(country)s, only to %(countries)s.",
            tariff=tariff.title,
            country=Country(client.country),
            countries=[Country(code) for code in sorted(tariff.countries)],
        ),
        text("Choose a tariff that is sold in the client’s country."),
    )


def limit(client: ClientFacts, tariff: TariffFacts, basket: Basket) -> Reason | None:
    """Refuse more than one client may have of it: held, ordered and in the basket together.

    A ``per_client_limit`` of None is no limit, and some groups are under none.
    """
    most = tariff.per_client_limit
    if most is None or client.ignores_service_limits:
        return None
    used = client.held.get(tariff.key, 0) + client.open_lines.get(tariff.key, 0)
    if used + basket.demand()[tariff.key] <= most:
        return None
    return Reason(
        "limit_reached",
        text(
            "A client may have at most %(most)s of %(tariff)s; in use or ordered: %(used)s.",
            tariff=tariff.title,
            most=most,
            used=used,
        ),
        text(
            "End a service first; otherwise only %(left)s more can be ordered.",
            left=max(0, most - used),
        ),
    )


def prerequisite(client: ClientFacts, tariff: TariffFacts, basket: Basket) -> Reason | None:
    """Refuse a tariff without one that it needs: held, paid on an open order, or in the basket."""
    needed = {required.key for required in tariff.requires_one_of}
    there = {key for key, count in client.held.items() if count} | client.paid_open
    if not needed or needed & (there | set(basket.demand())):
        return None
    names = AnyOf([required.title for required in tariff.requires_one_of])
    return Reason(
        "prerequisite_missing",
        text(
            "%(tariff)s needs one of these with it: %(needed)s.",
            tariff=tariff.title,
            needed=names,
        ),
        text("Add one of them to the same order: %(needed)s.", needed=names),
    )


def stock(_client: ClientFacts, tariff: TariffFacts, basket: Basket) -> Reason | None:
    """Refuse more than there is in stock. None: it never runs out."""
    if tariff.stock is None or basket.demand()[tariff.key] <= tariff.stock:
        return None
    return Reason(
        "out_of_stock",
        text("%(tariff)s in stock: %(stock)s.", tariff=tariff.title, stock=tariff.stock),
        text("Order no more than that, or wait for new stock."),
    )


CLIENT_RULES: tuple[Rule, ...] = (wrong_provider, blocked, debt, payment_method)
TARIFF_RULES: tuple[Rule, ...] = (
    archived,
    allowed_group,
    forbidden_group,
    country,
    limit,
    prerequisite,
    stock,
)
