"""Which notice each kind of event becomes: one decision per kind. Pure.

A test compares these with the kinds that the panel and its plugins write.
"""

from collections.abc import Callable, Mapping, Sequence

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.kernel.values.actor import ActorKind
from invoices.document import Kind
from plugins.notices.kinds.notice_event import Happening
from plugins.orders.store.payment import RefundTo
from plugins.orders.workflow.order_facts import DEADLINE

Decision = Callable[[Happening], Sequence[str]]

# steps that the system takes because time has passed
BY_TIME = frozenset({DEADLINE, "payment_overdue", "term_ended"})
# steps that are news for the client, and steps of the client's for staff
TO_CLIENT: Mapping[str, str] = {
    "ask": "answer.needed",
    "accept_return": "return.answered",
    "refuse_return": "return.answered",
}
TO_STAFF: Mapping[str, str] = {
    "cancel": "order.cancelled",
    "resume": "client.answered",
    "ask_return": "return.asked",
}


def _moved(happening: Happening) -> Sequence[str]:
    """What a client does reaches staff, what is asked of the client the client."""
    action, is_client = happening.facts["action"], happening.by is ActorKind.CLIENT
    if action in BY_TIME:
        return ("deadline.passed", "order.reported")
    told = TO_CLIENT.get(action) or (TO_STAFF.get(action) if is_client else None)
    return () if told is None else (told,)


def _due(happening: Happening) -> Sequence[str]:
    """What a workflow's effects say is news for the client, or for the shop (W6)."""
    return ("order.changed",) if happening.facts["to"] == "client" else ("order.reported",)


def _near(happening: Happening) -> Sequence[str]:
    """Where a provider reminds of its bills by rules of its own, those letters say it."""
    return () if happening.facts.get("reminded") else ("deadline.approached",)


def _passed(happening: Happening) -> Sequence[str]:
    """Staff are told all the same."""
    to_client = () if happening.facts.get("reminded") else ("deadline.passed",)
    return (*to_client, "order.reported")


def _refunded(happening: Happening) -> Sequence[str]:
    """A payment system first has to accept what it is to give back."""
    to_method = happening.facts.get("to") == RefundTo.METHOD.value
    waits = to_method and happening.facts.get("method") == MethodKind.CARD_GATEWAY.value
    return () if waits else ("refund.sent",)


def _issued(happening: Happening) -> Sequence[str]:
    """What tells of a top-up brings its bill, and what tells of a payment its receipt."""
    is_told = happening.order_id is None or happening.facts.get("kind") == Kind.RECEIPT
    return () if is_told else ("bill.issued",)


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
    "order.lines_edited": _as("lines.edited"),
    "order.retaxed": _as("tax.changed"),
    "order.rate_missing": _as("payment.troubled"),
    "deadline.approached": _near,
    "deadline.passed": _passed,
    "document.issued": _issued,
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
    "client.registered": _as("client.registered"),
    "top_up.asked": _as("top_up.asked"),
    "top_up.paid": _as("top_up.paid", "top_up.arrived"),
    "top_up.failed": _as("top_up.failed"),
    "top_up.message_refused": _as("top_up.troubled"),
    "top_up.disputed": _as("top_up.troubled"),
    "top_up.dispute_won": _as("top_up.troubled"),
    "top_up.dispute_lost": _as("top_up.troubled", "top_up.failed"),
    "webhook.switched_off": _as("webhook.switched_off"),
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
        "client.vat_checked",
        "client.terms_changed",
        "client.invited",
        "client.exported",
        "order_list.exported",
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
        "document.delivered",
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
        # Home says to those who may decide that a debt waits; the client still owes it
        "order.debt_expected_again",
        "order.debt_written_off",
        "write_off.proposed",
        "write_off.approved",
        "write_off.refused",
        # the orders bar and the order's page say who has it
        "order.claimed",
        "order.handed_over",
        "order.released",
        "order.exception_used",
        "order.hours_used",
        "order.line_moved",
        "order.rated",
        "order.rating_answered",
        "order.rating_changed",
        "order.rating_hidden",
        # each comes with a step, which is told
        "order.delivery_agreed",
        "order.lines_taken_back",
        "order.status_given",
        "password.changed",
        "payment.begun",
        # a letter of its own goes to whoever is to pay
        "payment.reminded",
        "register.exported",
        "reminders.paused",
        "reminders.resumed",
        "reminders.rules_changed",
        "payment.given_up",
        "promo_code.changed",
        "promo_code.created",
        # whoever cancels it looks at the list, and the provider waits for nothing
        "top_up.cancelled",
        "provider.paid_out",
        "provider.books_closed",
        "provider.books_reopened",
        "provider.categories_changed",
        "provider.method_off",
        "provider.method_on",
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
        "webhook.changed",
        "webhook.created",
        "webhook.deleted",
        "webhook.replayed",
        "webhook.secret_replaced",
        "workflow.chosen",
        "workflow.changed",
        "workflow.orders_moved",
    }
)


def kinds_told(happening: Happening) -> Sequence[str]:
    """The kinds of notices it is told as, for one audience or both; none: nobody is told."""
    decided = DECISIONS.get(happening.kind)
    return decided(happening) if decided else ()
