"""Who sees which fact: one answer for pages, the API, exports, documents, refusals and the log.

Whatever shows a fact asks here, or takes it from something that has asked:
``membership_terms_seen``, ``seen_standing``, ``told``. What orders cost is the orders plugin's own
fact, and is kept the same way (``plugins.orders.store.visibility.price_visibility``).
docs/rights.md has the table.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from billing_panel.kernel.language.errors import DomainError, FieldError, Reason
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.language.text_with_guarded_fact import Fact, Guarded
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from permissions.panel_functions import PanelFunction


@dataclass(frozen=True)
class Seeing:
    """Any one of ``functions`` is enough; none is asked where there are none.

    ``client``: a client's user who holds one sees it too.
    """

    functions: tuple[str, ...] = ()
    client: bool = False


# functions of plugins stand here by their names, as in ``client_roles``
SEEN_BY: Mapping[Fact, Seeing] = {
    # registers are of all clients' accounts
    Fact.BALANCE: Seeing((PanelFunction.BALANCE_READ, "finance:register:read"), client=True),
    # who changes a thing has to know it
    Fact.CREDIT_LIMIT: Seeing(
        (PanelFunction.BALANCE_READ, PanelFunction.CREDIT_LIMIT_CHANGE), client=True
    ),
    # whoever places orders is told why none can be placed
    Fact.BLOCK: Seeing((PanelFunction.CLIENT_BLOCK, "orders:order:create", "orders:cart:checkout")),
    Fact.CONTACTS: Seeing((PanelFunction.CLIENT_READ,), client=True),
    Fact.DISPUTE: Seeing(),
    Fact.GROUP: Seeing(),
    Fact.STAFF: Seeing(),
}


def sees(actor: Actor, fact: Fact) -> bool:
    """Tell whether ``actor`` may see ``fact``, as SEEN_BY has it."""
    seeing = SEEN_BY[fact]
    if actor.client_id is not None and not seeing.client:
        return False
    return not seeing.functions or allows(actor, *seeing.functions)


def told(words: Text, actor: Actor) -> Text:
    """``words`` with what is guarded in them, as far as ``actor`` may know it."""
    if isinstance(words, Guarded) and words.full is not None and sees(actor, words.fact):
        words = words.full
    inside = {
        name: told(value, actor) for name, value in words.values.items() if isinstance(value, Text)
    }
    return replace(words, values={**words.values, **inside}) if inside else words


def reasons_told(reasons: Iterable[Reason], actor: Actor) -> tuple[Reason, ...]:
    """Say message and remedy of each reason as far as ``actor`` may know them."""
    return tuple(
        replace(one, message=told(one.message, actor), remedy=told(one.remedy, actor))
        for one in reasons
    )


def tell(refusal: DomainError, actor: Actor) -> None:
    """Make the refusal say all that ``actor`` may know."""
    refusal.message = told(refusal.message, actor)
    refusal.reasons = reasons_told(refusal.reasons, actor)
    refusal.errors = tuple(_error_told(error, actor) for error in refusal.errors)


@contextmanager
def telling_all(actor: Actor) -> Iterator[None]:
    """What is refused meanwhile says all that ``actor`` may know."""
    try:
        yield
    except DomainError as refusal:
        tell(refusal, actor)
        raise


def _error_told(error: FieldError, actor: Actor) -> FieldError:
    return replace(error, message=told(error.message, actor))
