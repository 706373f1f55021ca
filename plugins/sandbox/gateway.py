"""A payment system for trying things out: no money moves. It runs inside the panel.

Everything else is as with a real one: a page of its own, messages that are signed and sent to the
panel by HTTP, and nothing known before they come.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from pydantic import BaseModel, ConfigDict, ValidationError

from billing_panel.kernel.extension.gateways import (
    BadMessage,
    Begun,
    Message,
    Outcome,
    PaymentToBegin,
    RefundToSend,
    check_moment,
)
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.kernel.values.money import MoneyError, parse
from billing_panel.kernel.values.secret_fingerprints import new_secret

KEY = "sandbox"
# seconds since 1970, as a signature says them
LAST_MOMENT = 10**11 - 1
SIGNATURE = "sandbox-signature"
OF_DISPUTES = (Outcome.DISPUTED, Outcome.DISPUTE_WON, Outcome.DISPUTE_LOST)


class _Content(BaseModel):
    """The body of a message."""

    model_config = ConfigDict(extra="forbid")

    id: str
    reference: str
    key: str
    outcome: Outcome
    amount: str
    currency: str
    dispute: str = ""


@dataclass(frozen=True)
class Sandbox:
    """``secret`` signs its messages and pages; ``address`` begins the address of its pages."""

    secret: str
    address: str
    key: str = KEY

    @property
    def title(self) -> Text:
        return text("Sandbox, no real money")

    def begin(self, payment: PaymentToBegin) -> Begun:
        """The page's address holds all the page says, so that nothing is kept here."""
        content = {
            "reference": f"sandbox_{self._sign(payment.key.encode())[:32]}",
            "key": payment.key,
            "amount": str(payment.money),
            "currency": payment.money.currency,
            "description": payment.description,
            "return_url": payment.return_url,
        }
        page = self._pages.dumps(content)
        return Begun(content["reference"], f"{self.address}/sandbox/payments/{page}")

    def page(self, written: str) -> Mapping[str, str] | None:
        """What the page at that address says, or None where it is none of ours."""
        try:
            content: dict[str, str] = self._pages.loads(written)
        except BadData:
            return None
        return content

    def message(
        self, page: Mapping[str, str], outcome: Outcome, at: datetime
    ) -> tuple[Mapping[str, str], bytes]:
        """Headers and body of a new message about the payment of ``page``."""
        named = {name: page[name] for name in ("reference", "key", "amount", "currency")}
        # a payment has one dispute here, however often it is told
        dispute = f"dispute_{page['key']}" if outcome in OF_DISPUTES else ""
        content = _Content(id=f"event_{new_secret()}", outcome=outcome, dispute=dispute, **named)
        body = content.model_dump_json().encode()
        return self.signed(body, int(at.timestamp())), body

    def signed(self, body: bytes, moment: int) -> Mapping[str, str]:
        """The headers that make ``body`` genuine; ``moment``: seconds since 1970."""
        signature = self._sign(f"{moment}.".encode() + body)
        return {SIGNATURE: f"t={moment},v1={signature}", "content-type": "application/json"}

    def read(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Message:
        moment, signature = _parts(headers.get(SIGNATURE, ""))
        expected = self._sign(f"{moment}.".encode() + body)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise BadMessage("the signature is not ours")
        check_moment(moment, at)
        try:
            content = _Content.model_validate_json(body)
            money = parse(content.amount, content.currency)
        except (ValidationError, MoneyError) as error:
            raise BadMessage("the body is no message") from error
        told = content.id, content.reference, content.key, content.outcome
        return Message(*told, money, content.dispute)

    def refund(self, refund: RefundToSend) -> None:
        """It has nothing to give back, and takes every order to."""

    def _sign(self, content: bytes) -> str:
        return hmac.digest(self.secret.encode(), content, "sha256").hex()

    @property
    def _pages(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret, salt="sandbox page")


def sandbox_of(config: Config) -> Sandbox:
    """That of a panel."""
    return Sandbox(secret_of(config.secret_key), config.public_url)


def secret_of(panel_key: str) -> str:
    """A secret of its own, made of the panel's: neither can be told from the other's uses."""
    return hmac.digest(panel_key.encode(), b"billing panel: sandbox gateway", "sha256").hex()


def _parts(header: str) -> tuple[int, str]:
    """``t=1763805600,v1=...``. Raises BadMessage."""
    parts: dict[str, Any] = dict(part.partition("=")[::2] for part in header.split(","))
    moment, signature = whole_number(parts.get("t", ""), most=LAST_MOMENT), parts.get("v1", "")
    if moment is None or not signature:
        raise BadMessage("there is no signature")
    return moment, signature
