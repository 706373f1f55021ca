"""Whether the database still refuses to change append-only tables."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from billing_panel.kernel.database.append_only import Fault, faults
from billing_panel.kernel.database.column_types import Base
from billing_panel.kernel.language.text import Text, text


def guards_missing(session: Session) -> Iterator[Text]:
    """Each trigger that was taken away, altered, or put there by somebody else."""
    return (_said(fault) for fault in faults(session.connection(), Base.metadata))


def _said(fault: Fault) -> Text:
    if fault.foreign:
        return text(
            "Table %(table)s has a trigger %(trigger)s that is not one of the"
            " panel’s: find out who created it, and drop it.",
            table=fault.table,
            trigger=fault.trigger,
        )
    return text(
        "Table %(table)s can be changed: its trigger %(trigger)s was"
        " removed or altered. Find out who did it; billing-panel init"
        " restores it.",
        table=fault.table,
        trigger=fault.trigger,
    )
