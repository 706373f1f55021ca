"""Which orders are moved together: those with nothing in them that anybody else could wait for.

Nothing was paid or begun to be paid, nothing is owed, invoiced or delivered, and no promo code is
to be released. So the books, the counters of documents and the codes, whose locks come after those
of orders and stock (``lock_sequence``), stay untouched, and a step asks nothing but what was read.
"""

from invoices.document import Kind
from plugins.orders.store.models import Order
from plugins.orders.workflow.statuses.stage import Stage
from plugins.orders.workflow.workflow import Step

EFFECTS = frozenset(
    {
        "end_services",
        "void_documents",
        "return_payments",
        "return_stock",
        "notify_client",
        "notify_shop",
    }
)


def is_plain(order: Order, step: Step) -> bool:
    """Whether ``step`` may be taken for ``order`` beside others."""
    is_lost = not step.stays and step.target.stage is Stage.LOST
    if not is_lost or not EFFECTS.issuperset(step.effects):
        return False
    moved = order.payments or order.paid or order.paid_points or order.owed or order.refunded
    was_there = any(line.delivered_at or line.taken_back_at for line in order.lines)
    has_tax_documents = any(one.kind is not Kind.PROFORMA for one in order.documents)
    return not (moved or was_there or has_tax_documents or order.promo_code)
