"""The language of workflows: the orders plugin's own and what other plugins bring.

A plugin brings its part by the hook ``orders_language``; the orders plugin itself does nothing
else. The whole is read once, when it is first asked for, and belongs to the panel: whoever works in
a session of it finds it there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from sqlalchemy.orm import Session

from billing_panel.core.plugins import all_functions, load_plugins
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.process.lazy_values import Lazy
from plugins.orders.functions import ACTION_FUNCTIONS, OrdersFunction
from plugins.orders.session_info_keys import LANGUAGE
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
class LanguagePart:
    """Names a workflow file may use, each with what it means, as one plugin brings them.

    ``aside`` and ``online``: as in ``Vocabulary``, of these names.
    """

    effects: Mapping[str, NamedEffect] = field(default_factory=dict)
    requirements: Mapping[str, Requirement] = field(default_factory=dict)
    actions: Mapping[str, Text] = field(default_factory=dict)
    aside: frozenset[str] = frozenset()
    online: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Language:
    """All there is in one panel: what the check of a workflow file goes by, and what effects do."""

    vocabulary: Vocabulary
    effects: Mapping[str, Effect]


def read_language(parts: Iterable[LanguagePart], functions: Iterable[str]) -> Language:
    """The whole of ``parts``; ``functions``: names of those staff may be asked to hold.

    Raises ValueError when two plugins bring the same name.
    """
    brought = [*parts]
    effects = _joined(one.effects for one in brought)
    vocabulary = Vocabulary(
        functions=frozenset(functions),
        staff_function=OrdersFunction.STATUS_CHANGE,
        action_functions=ACTION_FUNCTIONS,
        client_function=OrdersFunction.ORDER_CREATE,
        paying_function=OrdersFunction.ORDER_PAY,
        effects={name: effect.info for name, effect in effects.items()},
        requirements=_joined(one.requirements for one in brought),
        actions=_joined(one.actions for one in brought),
        aside=frozenset(name for one in brought for name in one.aside),
        online=frozenset(name for one in brought for name in one.online),
    )
    return Language(vocabulary, {name: effect.run for name, effect in effects.items()})


def installed_vocabulary() -> Vocabulary:
    """That of the plugins installed here, for whoever checks files without a panel."""
    manager = load_plugins()
    functions = (info.name for info in all_functions(manager))
    return read_language(manager.hook.orders_language(), functions).vocabulary


def language_of(holder: Session | Database) -> Language:
    """That of the panel whose session or database it is."""
    found = cast("Lazy[Language]", holder.info[LANGUAGE])
    return found()


def vocabulary_of(holder: Session | Database) -> Vocabulary:
    """What a workflow file may name in the panel whose session or database it is."""
    return language_of(holder).vocabulary


def run_effects(names: Iterable[str], on: EffectContext) -> Made:
    """Run the effects in their order; what they made. Raises what they raise."""
    known = language_of(on.session).effects
    made = (known[name](on) for name in names)
    return sum((one for one in made if one), Made())


def _joined(parts: Iterable[Mapping[str, T]]) -> Mapping[str, T]:
    joined: dict[str, T] = {}
    for part in parts:
        if twice := joined.keys() & part.keys():
            raise ValueError(f"two plugins bring {sorted(twice)}")
        joined.update(part)
    return joined
