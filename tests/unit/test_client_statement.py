"""How a client is read: by index, however many clients there are."""

from sqlalchemy import select

from billing_panel.accounts.access.scope import MEMBERSHIPS
from billing_panel.accounts.people.client_models import Client


def test_a_client_is_read_without_a_join_inside_a_join() -> None:
    """For ``LEFT JOIN (membership JOIN provider)`` SQLite reads all memberships there are."""
    assert "JOIN (" not in str(select(Client).options(MEMBERSHIPS))
