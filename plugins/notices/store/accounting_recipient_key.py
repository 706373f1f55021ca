"""The recipient of a notice that goes to an address rather than a person."""

from billing_panel.kernel.values.secret_fingerprints import digest

LENGTH = 32


def accounting_recipient(client_id: int, address: str) -> str:
    """One of a client's addresses of accounting; the address itself stands with the client."""
    return f"accounting:{client_id}:{digest({'address': address.casefold()})[:LENGTH]}"
