"""The address to which a letter is answered: it names the letter, and nobody can make one up.

``replies+17-0123456789abcdef0123@example.com``: the letter's number, and a code that only whoever
has the panel's secret key can work out. In small letters, since some servers know no others. Pure.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from billing_panel.kernel.values.id_or_name import MAX_ID

# 80 bits: whoever guesses is refused each time, by mail
CODE = 20
PURPOSE = b"billing panel: answers by mail"


@dataclass(frozen=True)
class ReplyBox:
    """``address``: that of the mailbox. ``secret_key``: the panel's own."""

    address: str
    secret_key: str = field(repr=False)

    def address_for(self, letter_id: int) -> str:
        """Where the letter is answered."""
        name, _, domain = self.address.rpartition("@")
        return f"{name}+{letter_id}-{self._code(letter_id)}@{domain}"

    def letter_in(self, addresses: Iterable[str]) -> int | None:
        """The letter that one of ``addresses`` names, rightly; None: none does."""
        name, _, domain = self.address.lower().rpartition("@")
        form = re.compile(
            rf"{re.escape(name)}\+([1-9][0-9]{{0,18}})-([0-9a-f]{{{CODE}}})@{re.escape(domain)}"
        )
        for address in addresses:
            found = form.fullmatch(address.strip().lower())
            if found and int(found[1]) <= MAX_ID and self._is_code(int(found[1]), found[2]):
                return int(found[1])
        return None

    def _is_code(self, letter_id: int, code: str) -> bool:
        return hmac.compare_digest(self._code(letter_id), code)

    def _code(self, letter_id: int) -> str:
        key = hmac.digest(self.secret_key.encode(), PURPOSE, "sha256")
        return hmac.digest(key, str(letter_id).encode(), "sha256").hex()[:CODE]
