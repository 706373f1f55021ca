"""Asks the register of VAT numbers (VIES) whether a number is one, by its REST interface.

https://ec.europa.eu/taxation_customs/vies/#/technical-information describes it. A member state's
own register may be away for hours; that is an answer too.
"""

from dataclasses import dataclass
from typing import Protocol

import requests
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from billing_panel.accounts.people.vat_register_answers import RegisterAnswer
from billing_panel.kernel.process.config import Config

SECONDS = 20
VIES = "https://ec.europa.eu/taxation_customs/vies/rest-api"


@dataclass(frozen=True)
class Found:
    """``consultation``: what proves the question; empty where no requester was named."""

    answer: RegisterAnswer
    consultation: str = ""
    name: str = ""


class VatRegister(Protocol):
    """Whoever knows VAT numbers."""

    def ask(self, number: str, requester: str) -> Found:
        """Whether ``number`` is one. Both with their prefixes; ``requester`` may be empty."""
        ...


def vat_register(config: Config) -> VatRegister | None:
    """The register that ``BILLING_PANEL_VIES_URL`` names, or VIES.

    None in a sandbox, which would ask about invented numbers. Raises ConfigError.
    """
    address = config.setting("VIES_URL")
    if not address and config.switch("SANDBOX"):
        return None
    return Vies(address or VIES)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    valid: bool
    consultation: str = Field(default="", alias="requestIdentifier", max_length=64)
    name: str = Field(default="", max_length=500)


@dataclass(frozen=True)
class Vies:
    """The Commission's register, at ``address``."""

    address: str = VIES

    def ask(self, number: str, requester: str) -> Found:
        """Never raises: whatever goes wrong, the register was unavailable."""
        asked = {"countryCode": number[:2], "vatNumber": number[2:]}
        if requester:
            asked["requesterMemberStateCode"] = requester[:2]
            asked["requesterNumber"] = requester[2:]
        try:
            answer = requests.post(f"{self.address}/check-vat-number", json=asked, timeout=SECONDS)
            answer.raise_for_status()
            read = _Answer.model_validate_json(answer.content)
        except (requests.RequestException, ValidationError):
            return Found(RegisterAnswer.UNAVAILABLE)
        told = RegisterAnswer.VALID if read.valid else RegisterAnswer.INVALID
        return Found(told, read.consultation, "" if read.name == "---" else read.name)
