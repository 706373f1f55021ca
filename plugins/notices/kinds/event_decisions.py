"""Which event is told as what: one decision for each kind of event there is. Pure.

A test compares these with the kinds that the panel and its plugins write.
"""

from collections.abc import Callable, Mapping, Sequence

from billing_panel.accounts.firms.providers import MethodKind
from billing_panel.kernel.values.actor import ActorKind
from plugins.notices.kinds.happening import Happening
from plugins.orders.store.payment import RefundTo
from plugins.orders.workflow.order_facts import DEADLINE

Decision = Callable[[Happening], Sequence[str]]

# steps that the system takes because time has passed
BY_TIME = frozenset({DEADLINE, "payment_overdue", "term_ended"})


def _moved(happening: Happening) -> Sequence[str]:
    """What a client does reaches staff, what is asked of the client the client."""
    action, is_client = happening.facts["action"], happening.by is ActorKind.CLIENT
    if action == "ask":
        return ("answer.needed",)
    if action in BY_TIME:
        return ("deadline.passed", "order.reported")
    if is_client and action == "cancel":
        return ("order.cancelled",)
    if is_client and action == "resume":
        return ("client.answered",)
    return ()


def _due(happening: Happening) -> Sequence[str]:
    """What a workflow's effects say is news for the client, or for the shop (W6)."""
    return ("order.changed",) if happening.facts["to"] == "client" else ("order.reported",)


def _refunded(happening: Happening) -> Sequence[str]:
    """A payment system first has to accept what it is to give back."""
    to_method = happening.facts.get("to") == RefundTo.METHOD.value
    waits = to_method and happening.facts.get("method") == MethodKind.CARD_GATEWAY.value
    return () if waits else ("refund.sent",)


def _written(happening: Happening) -> Sequence[str]:
    """What one side writes is news to the other."""
    is_client = happening.by is ActorKind.CLIENT
    return ("message.arrived",) if is_client else ("message.received",)


def _as(*kinds: str) -> Decision:
    return lambda _happening: kinds


DECISIONS: Mapping[str, Decision] = {
    "order.placed": _as("order.received", "order.placed"),
    "order.moved": _moved,
    "notice.due": _due,
    "order.lines_delivered": _as("lines.delivered"),
    "order.deadline_changed": _as("deadline.changed"),
    "order.deadline_refused": _as("order.held_up"),
    "order.move_refused": _as("order.held_up"),
    "order.price_raised": _as("price.raised"),
    "deadline.approached": _as("deadline.approached"),
    "deadline.passed": _as("deadline.passed", "order.reported"),
    "document.issued": _as("bill.issued"),
    "payment.received": _as("payment.received", "payment.arrived"),
    "payment.failed": _as("payment.failed"),
    "payment.in_review": _as("payment.failed"),
    "payment.turned_down": _as("payment.failed"),
    "payment.message_refused": _as("payment.troubled"),
    "payment.refunded": _refunded,
    "payment.disputed": _as("dispute.changed"),
    "payment.dispute_won": _as("dispute.changed"),
    "payment.dispute_lost": _as("dispute.changed"),
    "payment.dispute_waits": _as("dispute.changed"),
    "refund.sent": _as("refund.sent"),
    "refund.failed": _as("payment.troubled"),
    "refund.delayed": _as("payment.troubled"),
    "balance.credited": _as("balance.changed"),
    "balance.debited": _as("balance.changed"),
    "balance.reversed": _as("balance.changed"),
    "points.expired": _as("balance.changed"),
    "exception.proposed": _as("exception.proposed"),
    "exception.approved": _as("exception.decided"),
    "exception.refused": _as("exception.decided"),
    "message.written": _written,
}

# Nobody is told of these. Accounts and rights write letters of their own where somebody must know;
# the rest is what staff do in the panel and find in its log.
NOBODY = frozenset(
    {
        "address.changed",
        # both sides look at the cart, and the order that is placed is told
        "cart.approved",
        "cart.changed",
        "cart.sent_to_approve",
        "client.created",
        "client.changed",
        "client.joined",
        "client.terms_changed",
        "client.invited",
        "client.exported",
        "client.erased",
        "client.user_created",
        "client.user_changed",
        "client.user_invited",
        "client_group.created",
        "client_group.changed",
        "demo.loaded",
        "department.created",
        "department.changed",
        "department.functions_changed",
        "document.voided",
        "document.printed",
        "document.sealed",
        "document.sealed_file",
        "letter.sent_again",
        "mail.sender_changed",
        "mail.template_changed",
        # of no provider: nobody knows whose payment it was
        "gateway_message.refused",
        "answer_template.created",
        "answer_template.changed",
        "answer_template.deleted",
        # for whoever opens the dialogue
        "message.seen",
        "note.written",
        "identity.bound",
        "identity.unbound",
        "order.exception_used",
        "order.line_moved",
        "order.rated",
        "order.rating_answered",
        "order.rating_changed",
        "order.rating_hidden",
        # each comes with a step, which is told
        "order.lines_taken_back",
        "order.status_given",
        "password.changed",
        "payment.begun",
        "payment.given_up",
        "promo_code.changed",
        "promo_code.created",
        "provider.categories_changed",
        "provider.created",
        "provider.changed",
        "recovery_codes.made",
        "rights.seen_as",
        "rights.seen_enough",
        "second_factor.removed",
        "second_factor.set",
        "sessions.ended",
        "sign_in.refused",
        "staff.created",
        "staff.changed",
        "staff.functions_changed",
        "staff.invited",
        "tariff.created",
        "tariff.changed",
        "tariff.stock_changed",
        "token.made",
        "token.revoked",
        "user.signed_in",
        "user.signed_out",
        "workflow.chosen",
        "workflow.changed",
        "workflow.orders_moved",
    }
)


def kinds_told(happening: Happening) -> Sequence[str]:
    """The kinds of notices it is told as, for one audience or both; none: nobody is told."""
    decided = DECISIONS.get(happening.kind)
    return decided(happening) if decided else ()
