"""Who a letter is from: the panel or one provider, with their footer."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.text import Titles
from billing_panel.mail.models import MailSender
from billing_panel.mail.writing.placeholders import in_one_line

# who writes where no provider does
PANEL = "Billing panel"


@dataclass(frozen=True)
class Sender:
    """``reply_to`` empty: answers go where the letter came from. ``footer`` may have lines."""

    name: str
    reply_to: str = ""
    footer: Titles = field(default_factory=lambda: Titles({}))


def sender_of(session: Session, provider_id: int | None) -> Sender:
    """What the provider has set, and else its name, address and legal details."""
    if provider_id is None:
        return Sender(PANEL)
    provider = session.get_one(Provider, provider_id)
    own = session.get(MailSender, provider_id)
    return Sender(
        name=in_one_line(own.name if own and own.name else provider.name),
        reply_to=own.reply_to if own and own.reply_to else provider.email,
        footer=Titles(own.footers) if own and own.footers else usual_footer(provider),
    )


def usual_footer(provider: Provider) -> Titles:
    """The company's legal name and address, and its contacts."""
    contacts = " · ".join(filter(None, (provider.email, provider.phone)))
    firm = ", ".join(filter(None, (provider.legal_name, str(provider.postal_address))))
    return Titles({provider.language: "\n".join(filter(None, (in_one_line(firm), contacts)))})
