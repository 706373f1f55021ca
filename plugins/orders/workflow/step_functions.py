"""Which functions a step requires: those for everything that will really happen. Pure.

``Permit`` says for whom a step is; here stands what its effects ask beside that, so that nobody
reaches by a step what another function guards. The system is asked for nothing, and so is what it
does by itself afterwards. Of a client's users only what takes money asks anything: whatever else a
workflow lets them do is theirs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import AnyOf, Text, Titles, text
from billing_panel.kernel.values.actor import ActorKind
from billing_panel.kernel.values.money import Money
from plugins.orders.workflow.order_facts import OrderFacts, Source, Taking, Who
from plugins.orders.workflow.vocabulary import (
    CALLING_OFF,
    CREDITING,
    OWING,
    RECORDING,
    SPENDING,
    EffectInfo,
)
from plugins.orders.workflow.workflow import Step, Workflow

EFFECT_NOT_HELD = "effect_not_held"
MORE_THAN_LEFT = "more_than_left"
FUNCTION_OF: Mapping[Source, str] = {
    Source.OUTSIDE: RECORDING,
    Source.BALANCE: SPENDING,
    Source.POINTS: SPENDING,
}


@dataclass(frozen=True)
class Asks:
    """``what`` happens, and one of ``functions`` is asked for it."""

    what: Text
    functions: tuple[str, ...]


def step_refusal(workflow: Workflow, step: Step, facts: OrderFacts, who: Who) -> Reason | None:
    """Why ``who``, for whom ``step`` is, may not take it: a function they lack."""
    if who.kind is ActorKind.STAFF:
        for leg in step.legs:
            functions = tuple(p.function for p in leg.by if p.kind is who.kind and p.function)
            if functions and who.functions.isdisjoint(functions):
                return _comes_first(workflow.actions[leg.action], functions)
    return effects_refusal(workflow.effects, step.effects, facts, who)


def effects_refusal(
    known: Mapping[str, EffectInfo], effects: Iterable[str], facts: OrderFacts, who: Who
) -> Reason | None:
    """Why ``who`` may not have ``effects`` happen: the first function they lack."""
    if who.kind is ActorKind.SYSTEM:
        return None
    of_client = who.kind is ActorKind.CLIENT
    for name in effects:
        info = known[name]
        for asked in _of_client(info) if of_client else _asked(name, info, facts):
            if who.functions.isdisjoint(asked.functions):
                return _lacking(asked)
    pays = any(known[name].pays for name in effects)
    return _surplus_refusal(facts, who) if pays and not of_client else None


def _of_client(info: EffectInfo) -> Iterator[Asks]:
    """A client pays out of what they have here, and records nothing."""
    if info.pays:
        yield Asks(info.title, (SPENDING,))


def _asked(name: str, info: EffectInfo, facts: OrderFacts) -> Iterator[Asks]:
    if name in DECIDED:
        yield from DECIDED[name](info, facts)
    elif info.functions:
        yield Asks(info.title, info.functions)


def _payment(info: EffectInfo, facts: OrderFacts) -> Iterator[Asks]:
    """While the fields are not known either function will do."""
    asked = [info.functions] if facts.taking is None else _taken_by(facts.taking, facts)
    yield from (Asks(info.title, functions) for functions in asked)


def _money_back(info: EffectInfo, facts: OrderFacts) -> Iterator[Asks]:
    """A debt is lifted with it."""
    if facts.owed:
        yield Asks(info.title, CALLING_OFF)
    if facts.paid.minor or facts.paid_points:
        yield Asks(info.title, info.functions)


def _delivery(info: EffectInfo, facts: OrderFacts) -> Iterator[Asks]:
    if facts.to_deliver:
        yield Asks(info.title, info.functions)
    elif _is_left(facts):
        yield Asks(info.title, OWING)


def _delivery_charge(info: EffectInfo, facts: OrderFacts) -> Iterator[Asks]:
    """Money goes back of an order that is paid."""
    if facts.delivery and facts.paid.minor:
        yield Asks(info.title, info.functions)


def _debt(info: EffectInfo, facts: OrderFacts) -> Iterator[Asks]:
    if _is_left(facts):
        yield Asks(info.title, info.functions)


# what depends on the order and on the fields; every other effect always asks its functions
DECIDED: Mapping[str, Callable[[EffectInfo, OrderFacts], Iterator[Asks]]] = {
    "take_payment": _payment,
    "return_payments": _money_back,
    "deliver_lines": _delivery,
    "open_debt": _debt,
    "agree_delivery": _delivery_charge,
}


def _taken_by(taking: Taking, facts: OrderFacts) -> Iterator[tuple[str, ...]]:
    """What is left in points is paid with the rest, out of the client's own."""
    if taking.source is None:
        return
    all_of_it = taking.amount is None
    if taking.source is not Source.OUTSIDE or not all_of_it or facts.needed:
        yield (FUNCTION_OF[taking.source],)
    if taking.source is Source.OUTSIDE and all_of_it and facts.needed_points:
        yield (SPENDING,)


def _surplus_refusal(facts: OrderFacts, who: Who) -> Reason | None:
    """What is recorded above what is left is a credit of the client's balance."""
    taking = facts.taking
    if taking is None or taking.source is not Source.OUTSIDE:
        return None
    if taking.amount is None or taking.amount.minor <= facts.needed or CREDITING in who.functions:
        return None
    return Reason(
        MORE_THAN_LEFT,
        text(
            "Only %(left)s is left to pay; record that or less, or ask someone"
            " who may credit balances.",
            left=Money(facts.needed, facts.total.currency),
        ),
        text("Any excess goes to the client’s balance, which counts as a credit."),
        place=facts.place_of("amount"),
    )


def _is_left(facts: OrderFacts) -> bool:
    return facts.paid.minor < facts.total.minor


def _lacking(asked: Asks) -> Reason:
    return Reason(
        EFFECT_NOT_HELD,
        text(
            "Here %(effect)s, which requires the function %(functions)s.",
            effect=asked.what,
            functions=AnyOf(asked.functions),
        ),
        text("Ask whoever manages rights."),
    )


def _comes_first(action: Text | Titles, functions: tuple[str, ...]) -> Reason:
    return Reason(
        EFFECT_NOT_HELD,
        text(
            "“%(action)s” comes first here, which requires the function %(functions)s.",
            action=action,
            functions=AnyOf(functions),
        ),
        text("Ask whoever manages rights."),
    )
