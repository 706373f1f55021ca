"""Invariants of promo codes."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, text
from plugins.orders.promo.promo_models import PromoCode, PromoUse


def uses(session: Session) -> Iterator[Text]:
    """A code counts as many uses as there are that were not released."""
    counted = (
        select(func.count())
        .select_from(PromoUse)
        .where(PromoUse.promo_id == PromoCode.id, PromoUse.released_at.is_(None))
        .scalar_subquery()
    )
    rows = select(PromoCode.code, PromoCode.used, counted.label("uses"))
    for row in session.execute(rows.where(PromoCode.used != counted)):
        yield text(
            "Promo code %(code)s counts %(used)s uses; there are %(uses)s.",
            code=row.code,
            used=row.used,
            uses=row.uses,
        )


PROMO_CHECKS = (Check("orders.promo_uses", uses),)
