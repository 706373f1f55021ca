"""The shape of a provider’s reminders in the demo files."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from plugins.finance.late_payment.interest_laws import InterestLaw


class RemindersEntry(BaseModel):
    """When a provider reminds of its bills, and by which law it claims interest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    before: int | None = None
    first: int | None = None
    second: int | None = None
    third: int | None = None
    last: int | None = None
    law: InterestLaw = InterestLaw.NONE
    margin: Decimal = Decimal(8)
    fixed_sum: bool = False
