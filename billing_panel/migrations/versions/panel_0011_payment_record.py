"""Money received from outside is recorded by a function of its own.

Until now *Pay orders from balances* (``orders:order:pay``) meant that too.
"""

from billing_panel.migrations.grants import give

revision = "panel_0011"
down_revision = "panel_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    give(["orders:order:pay"], ["orders:payment:record"])
