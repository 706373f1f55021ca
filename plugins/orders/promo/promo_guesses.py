"""How often somebody may type promo codes that there are not: codes are no secrets to be guessed.

Wrong ones are counted for a client, whoever of theirs types them, and for a member of staff; after
FREE of them each further one makes the next wait longer. They are counted once the transaction is
over in which they were typed, which a refusal undoes.
"""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from billing_panel.accounts.signing_in import failed_attempts
from billing_panel.accounts.signing_in.failed_attempts import Counted
from billing_panel.kernel.database.database import afterwards
from billing_panel.kernel.language.errors import TooManyAttempts
from billing_panel.kernel.values.actor import Actor
from plugins.orders.promo.promo_models import CartPromo

# a page quotes a code again and again while somebody types the rest of their order
FREE = 20


def guesses_of(actor: Actor) -> Counted:
    """What is counted for whoever types."""
    who = f"client {actor.client_id}" if actor.client_id is not None else f"user {actor.user_id}"
    return Counted(f"promo codes of {who}", FREE)


def may_guess(
    session: Session, pair: tuple[int, int], code: str, actor: Actor, at: datetime
) -> bool:
    """Whether a code that is typed now is looked up; one that lies in the cart of ``pair`` is.

    It was right when it came there.
    """
    waits = failed_attempts.waits(session, guesses_of(actor), at=at)
    return not waits or _lies_in_cart(session, pair, code)


def count_wrong(
    session: Session, pair: tuple[int, int], code: str, actor: Actor, at: datetime
) -> None:
    """A wrong one was typed; one that lies in the cart was not."""
    if not _lies_in_cart(session, pair, code):
        afterwards(session, lambda later: _count(later, actor, at))


def _lies_in_cart(session: Session, pair: tuple[int, int], code: str) -> bool:
    client_id, provider_id = pair
    kept = exists().where(
        CartPromo.client_id == client_id,
        CartPromo.provider_id == provider_id,
        CartPromo.code == code,
    )
    return bool(session.scalar(select(kept)))


def _count(session: Session, actor: Actor, at: datetime) -> None:
    try:
        failed_attempts.count(session, [guesses_of(actor)], at=at)
    except TooManyAttempts:
        # of those who type at once: it was looked up before the others were counted
        return
