"""How a notice names whom it goes to, where that is an address and no person."""

from billing_panel.kernel.values.ids import digest

LENGTH = 32


def accounting_recipient(client_id: int, address: str) -> str:
    """One of a client's addresses of accounting; the address itself stands with the client."""
    return f"accounting:{client_id}:{digest({'address': address.casefold()})[:LENGTH]}"
