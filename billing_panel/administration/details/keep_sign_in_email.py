"""E-mail addresses of people who sign in: how they are stored, logged and changed."""

import unicodedata
from collections.abc import Collection, Mapping
from typing import Any

from billing_panel.kernel.language.errors import Forbidden
from billing_panel.kernel.language.text import text


def kept_address(address: str) -> str:
    """As it is kept and looked for: NFC, without surrounding spaces, the domain in lower case."""
    name, at, domain = unicodedata.normalize("NFC", address).strip().rpartition("@")
    return f"{name}{at}{domain.lower()}"


def part_address(changes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts of a change for the log, and the words in it that must be possible to forget."""
    rest = {name: change for name, change in changes.items() if name != "email"}
    words = {"email": changes["email"]} if "email" in changes else {}
    return ({"changes": rest} if rest else {}), words


def refuse_own_address(changes: Collection[str]) -> None:
    """Raise Forbidden ``own_address``: one's own is changed where the password is asked for."""
    if "email" in changes:
        raise Forbidden(
            text(
                "You change your own e-mail address on the page My account; it asks "
                "for your password."
            ),
            code="own_address",
        )
