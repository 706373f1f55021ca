"""All kinds of notices, in the order of the settings page."""

from collections.abc import Mapping

from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from invoices.functions import InvoicesFunction
from permissions.guard import allows
from permissions.panel_functions import PanelFunction
from plugins.notices.kinds.notice_kind import Audience, Channel, Channels, NoticeKind
from plugins.orders.functions import OrdersFunction

PANEL = frozenset({Channel.PANEL})
MAILED = frozenset({Channel.PANEL, Channel.MAIL})
# a change of an order plays a sound for its client, and for the shop's staff (M12)
HEARD: Channels = MAILED | {Channel.SOUND}
URGENT: Channels = HEARD | {Channel.DESKTOP}

ORDERS, MONEY, EXCEPTIONS = text("Orders"), text("Payments and bills"), text("Exceptions")
TALK = text("Messages")
CLIENTS = text("Clients")
WEBHOOKS = text("Webhooks")
# of a plugin by its name
READS_MESSAGES = ("messages:message:read",)
CHANGES_WEBHOOKS = ("webhooks:endpoint:change",)
READS = (OrdersFunction.ORDER_READ.value,)
TAKES_MONEY = (OrdersFunction.PAYMENT_RECORD.value, PanelFunction.PAYMENT_REFUND.value)

SEES_BALANCES = (PanelFunction.BALANCE_READ.value,)

OF_CLIENTS = (
    NoticeKind(
        "order.received",
        text("Order placed"),
        ORDERS,
        Audience.CLIENT,
        READS,
        HEARD,
        weight=100,
        is_receipt=True,
        to_client=True,
    ),
    NoticeKind(
        "order.changed",
        text("Order has a new status"),
        ORDERS,
        Audience.CLIENT,
        READS,
        HEARD,
        weight=10,
        to_client=True,
    ),
    NoticeKind(
        "answer.needed",
        text("The provider needs an answer"),
        ORDERS,
        Audience.CLIENT,
        READS,
        URGENT,
        weight=90,
        to_client=True,
    ),
    NoticeKind(
        "return.answered",
        text("Return accepted or refused"),
        ORDERS,
        Audience.CLIENT,
        READS,
        HEARD,
        weight=80,
        to_client=True,
    ),
    NoticeKind(
        "lines.delivered",
        text("Part of an order delivered"),
        ORDERS,
        Audience.CLIENT,
        READS,
        PANEL,
        weight=5,
    ),
    NoticeKind(
        "deadline.approached",
        text("Deadline is near"),
        ORDERS,
        Audience.CLIENT,
        READS,
        HEARD,
        weight=60,
        to_client=True,
    ),
    NoticeKind(
        "deadline.passed",
        text("Deadline has passed"),
        ORDERS,
        Audience.CLIENT,
        READS,
        MAILED,
        weight=70,
        to_client=True,
    ),
    NoticeKind(
        "deadline.changed",
        text("Deadline of an order changed"),
        ORDERS,
        Audience.CLIENT,
        READS,
        PANEL,
        weight=4,
    ),
    NoticeKind(
        "bill.issued",
        text("Bill issued"),
        MONEY,
        Audience.CLIENT,
        (InvoicesFunction.INVOICE_READ.value,),
        MAILED,
        weight=40,
        to_client=True,
        to_accounting=True,
    ),
    NoticeKind(
        "payment.received",
        text("Payment received"),
        MONEY,
        Audience.CLIENT,
        READS,
        MAILED,
        weight=50,
        is_receipt=True,
        to_client=True,
    ),
    NoticeKind(
        "payment.failed",
        text("Payment not completed"),
        MONEY,
        Audience.CLIENT,
        READS,
        MAILED,
        weight=55,
        to_client=True,
    ),
    NoticeKind(
        "refund.sent",
        text("Money refunded"),
        MONEY,
        Audience.CLIENT,
        READS,
        MAILED,
        weight=45,
        to_client=True,
    ),
    NoticeKind(
        "price.raised",
        text("Order price raised"),
        MONEY,
        Audience.CLIENT,
        READS,
        MAILED,
        weight=65,
        to_client=True,
    ),
    NoticeKind(
        "tax.changed",
        text("Tax of an order changed"),
        MONEY,
        Audience.CLIENT,
        READS,
        MAILED,
        weight=65,
        to_client=True,
    ),
    NoticeKind(
        "lines.edited",
        text("Order lines changed"),
        MONEY,
        Audience.CLIENT,
        READS,
        MAILED,
        weight=65,
        to_client=True,
    ),
    NoticeKind(
        "balance.changed",
        text("Balance changed"),
        MONEY,
        Audience.CLIENT,
        SEES_BALANCES,
        PANEL,
        weight=1,
    ),
    NoticeKind(
        "top_up.asked",
        text("Top-up asked for"),
        MONEY,
        Audience.CLIENT,
        SEES_BALANCES,
        MAILED,
        weight=3,
        is_receipt=True,
        to_client=True,
        to_accounting=True,
    ),
    NoticeKind(
        "top_up.paid",
        text("Balance topped up"),
        MONEY,
        Audience.CLIENT,
        SEES_BALANCES,
        MAILED,
        weight=2,
        is_receipt=True,
        to_client=True,
    ),
    NoticeKind(
        "top_up.failed",
        text("Top-up not paid or taken back"),
        MONEY,
        Audience.CLIENT,
        SEES_BALANCES,
        MAILED,
        weight=2,
        to_client=True,
    ),
    NoticeKind(
        "message.received",
        text("New message"),
        TALK,
        Audience.CLIENT,
        READS_MESSAGES,
        HEARD,
        weight=30,
        to_client=True,
    ),
)

OF_STAFF = (
    # the sound of new orders is switched on by whoever wants it (D6)
    NoticeKind(
        "order.placed",
        text("New order"),
        ORDERS,
        Audience.STAFF,
        READS,
        MAILED,
        weight=100,
        to_provider=True,
    ),
    NoticeKind(
        "client.answered",
        text("Client has answered"),
        ORDERS,
        Audience.STAFF,
        READS,
        HEARD,
        weight=90,
    ),
    NoticeKind(
        "return.asked",
        text("Client asks to return something"),
        ORDERS,
        Audience.STAFF,
        READS,
        HEARD,
        weight=85,
    ),
    NoticeKind(
        "order.cancelled",
        text("Client cancelled an order"),
        ORDERS,
        Audience.STAFF,
        READS,
        HEARD,
        weight=90,
    ),
    NoticeKind(
        "order.reported",
        text("Order moved by the client or automatically"),
        ORDERS,
        Audience.STAFF,
        READS,
        PANEL,
        weight=10,
    ),
    NoticeKind(
        "order.held_up",
        text("Order couldn’t move automatically"),
        ORDERS,
        Audience.STAFF,
        READS,
        MAILED,
        weight=60,
    ),
    NoticeKind(
        "payment.arrived",
        text("Payment arrived"),
        MONEY,
        Audience.STAFF,
        READS,
        PANEL,
        weight=50,
    ),
    NoticeKind(
        "payment.troubled",
        text("Trouble with a payment or refund"),
        MONEY,
        Audience.STAFF,
        TAKES_MONEY,
        MAILED,
        weight=80,
    ),
    NoticeKind(
        "dispute.changed",
        text("Payment disputed by the payer"),
        MONEY,
        Audience.STAFF,
        READS,
        URGENT,
        weight=95,
    ),
    NoticeKind(
        "exception.proposed",
        text("Exception to decide on"),
        EXCEPTIONS,
        Audience.STAFF,
        (OrdersFunction.EXCEPTION_APPROVE.value,),
        MAILED,
    ),
    NoticeKind(
        "exception.decided",
        text("Decision on my exception"),
        EXCEPTIONS,
        Audience.STAFF,
        (OrdersFunction.EXCEPTION_PROPOSE.value,),
        MAILED,
        to_one=True,
    ),
    NoticeKind(
        "top_up.arrived",
        text("Top-up arrived"),
        MONEY,
        Audience.STAFF,
        SEES_BALANCES,
        PANEL,
        weight=5,
    ),
    NoticeKind(
        "top_up.troubled",
        text("Trouble with a top-up"),
        MONEY,
        Audience.STAFF,
        TAKES_MONEY,
        MAILED,
        weight=80,
    ),
    NoticeKind(
        "client.registered",
        text("New client registered"),
        CLIENTS,
        Audience.STAFF,
        (PanelFunction.CLIENT_READ.value,),
        PANEL,
        weight=20,
    ),
    NoticeKind(
        "message.arrived",
        text("New message from a client"),
        TALK,
        Audience.STAFF,
        READS_MESSAGES,
        HEARD,
        weight=85,
    ),
    NoticeKind(
        "webhook.switched_off",
        text("Webhook switched off automatically"),
        WEBHOOKS,
        Audience.STAFF,
        CHANGES_WEBHOOKS,
        MAILED,
        weight=70,
    ),
)

KINDS: Mapping[str, NoticeKind] = {kind.key: kind for kind in (*OF_CLIENTS, *OF_STAFF)}


def kinds_for(actor: Actor) -> list[NoticeKind]:
    """What ``actor`` may be told, by the functions they hold; in the order of the table."""
    return [kind for kind in KINDS.values() if is_for(kind, actor)]


def is_for(kind: NoticeKind, actor: Actor) -> bool:
    """Whether ``actor`` may be told of such things at all, whatever they are about."""
    audience = Audience.STAFF if actor.client_id is None else Audience.CLIENT
    return kind.audience is audience and allows(actor, *kind.functions)
