"""What the installation says of webhooks: what seals their secrets, and where they may go."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from billing_panel.kernel.database.encrypted_secrets import Seal
from billing_panel.kernel.language.errors import ConfigError
from billing_panel.kernel.process.config import PREFIX, Config

ALLOW = "WEBHOOKS_ALLOW"
Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class WebhookSettings:
    """``allowed``: networks of one's own that may be reached, also by plain http; usually none."""

    seal: Seal
    allowed: tuple[Network, ...] = ()


def webhook_settings(config: Config) -> WebhookSettings:
    """Raises ConfigError."""
    written = config.setting(ALLOW).replace(",", " ").split()
    try:
        allowed = tuple(ip_network(one) for one in written)
    except ValueError as error:
        raise ConfigError(
            f"{PREFIX}{ALLOW} names networks such as 10.20.0.0/16, parted by commas: {error}"
        ) from error
    return WebhookSettings(Seal(config.secret_key, "secret of a webhook"), allowed)
