"""When a delivery is tried again: the schedule of Standard Webhooks, three days in all. Pure."""

from datetime import datetime, timedelta

# after the first try, which is made at once
DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
# what failed together does not come back together
SPREAD = 0.1
LONGEST = DELAYS[-1] * (1 + SPREAD)
# an endpoint at which nothing has arrived for so long is switched off
OFF_AFTER = timedelta(days=5)
# by then one delivery has been tried for half an hour: a single failure after a quiet month is none
OFF_TRIES = 4


def next_try(tries: int, at: datetime, spread: float) -> datetime | None:
    """When to try again after ``tries``, the last at ``at``; None: it is given up.

    ``spread``: from 0 to 1, how much of a tenth is added.
    """
    if tries > len(DELAYS):
        return None
    return at + DELAYS[tries - 1] * (1 + SPREAD * spread)


def is_hopeless(failing_since: datetime, tries: int, at: datetime) -> bool:
    """Whether an endpoint that fails since then is to be switched off."""
    return at - failing_since >= OFF_AFTER and tries >= OFF_TRIES
