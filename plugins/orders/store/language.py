"""The language of workflows: the orders plugin's own and those that other plugins bring.

A plugin brings them by the hook ``orders_language``; the orders plugin itself does nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from billing_panel.kernel.hooks import hookspec
from billing_panel.kernel.text import Text
from billing_panel.plugin import all_functions, load_plugins
from plugins.orders.functions import ACTION_FUNCTIONS, OrdersFunction
from plugins.orders.store.effect_context import Effect, EffectContext, Made
from plugins.orders.workflow.requirements import Requirement
from plugins.orders.workflow.vocabulary import EffectInfo, Vocabulary

T = TypeVar("T")


@dataclass(frozen=True)
class NamedEffect:
    """``run`` works within the transaction of the step; what it raises refuses the step."""

    info: EffectInfo
    run: Effect


@dataclass(frozen=True)
class Language:
    """Names a workflow file may use, each with what it means."""

    effects: Mapping[str, NamedEffect] = field(default_factory=dict)
    requirements: Mapping[str, Requirement] = field(default_factory=dict)
    actions: Mapping[str, Text] = field(default_factory=dict)


class OrdersHooks:
    @hookspec
    def orders_language(self) -> Language:
        """Effects, requirements and actions the plugin adds to the language of workflows."""
        return Language()


@cache
def language() -> Language:
    """All there are. Raises ValueError when two plugins bring the same name."""
    brought: list[Language] = load_plugins().hook.orders_language()
    return Language(
        effects=_joined(one.effects for one in brought),
        requirements=_joined(one.requirements for one in brought),
        actions=_joined(one.actions for one in brought),
    )


@cache
def vocabulary() -> Vocabulary:
    """What the check of a workflow file goes by."""
    known = language()
    return Vocabulary(
        functions=frozenset(info.name for info in all_functions(load_plugins())),
        staff_function=OrdersFunction.STATUS_CHANGE,
        action_functions=ACTION_FUNCTIONS,
        client_function=OrdersFunction.ORDER_CREATE,
        paying_function=OrdersFunction.ORDER_PAY,
        effects={name: effect.info for name, effect in known.effects.items()},
        requirements=known.requirements,
        actions=known.actions,
    )


def run_effects(names: Iterable[str], on: EffectContext) -> Made:
    """Run the effects in their order; what they made. Raises what they raise."""
    made = (language().effects[name].run(on) for name in names)
    return sum((one for one in made if one), Made())


def _joined(parts: Iterable[Mapping[str, T]]) -> Mapping[str, T]:
    joined: dict[str, T] = {}
    for part in parts:
        if twice := joined.keys() & part.keys():
            raise ValueError(f"two plugins bring {sorted(twice)}")
        joined.update(part)
    return joined
