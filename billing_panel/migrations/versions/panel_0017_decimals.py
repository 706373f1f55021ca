"""Decimals of currencies are ISO 4217's from now on (``kernel.currencies``); until now Babel's were.

Amounts are stored in minor units. Where the two differ the same number would mean another sum, and
what is written once (postings, documents, the log) cannot be written again. So such an installation
is not upgraded, and nothing of it changes.
"""

from alembic import op
from babel.numbers import get_currency_precision
from sqlalchemy import text

from billing_panel.kernel.language.errors import InstallationError
from billing_panel.kernel.values.currencies import DECIMALS

revision = "panel_0017"
down_revision = "panel_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sold_in = op.get_bind().scalars(text("SELECT DISTINCT currency FROM provider")).all()
    other = sorted(c for c in sold_in if get_currency_precision(c) != DECIMALS.get(c))
    if other:
        raise InstallationError(
            f"Amounts in {', '.join(other)} were kept with other decimals than ISO 4217 has, so"
            " this version would read them as other sums. Nothing is changed: stay with the version"
            " before, or move these providers to a new installation."
        )
