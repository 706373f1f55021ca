"""How a client is read: by index, however many clients there are."""

from billing_panel.accounts.access.read_client import clients_with_memberships


def test_a_client_is_read_without_a_join_inside_a_join() -> None:
    """For ``LEFT JOIN (membership JOIN provider)`` SQLite reads all memberships there are."""
    assert "JOIN (" not in str(clients_with_memberships())
