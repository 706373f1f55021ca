"""The sandbox is there only where somebody has asked for it, with a secret of its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from billing_panel.kernel.extension.gateways import PaymentToBegin
from billing_panel.kernel.language.errors import ConfigError
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.money import Money
from invoices.document import Document, Kind
from invoices.fiscal_devices import ReceiptToRegister
from plugins.sandbox.gateway import Sandbox, secret_of
from plugins.sandbox.plugin import plugin


def config(**environ: str) -> Config:
    return Config(Path("nowhere"), "sqlite://", "the panel's own key", environ=environ)


@pytest.mark.parametrize("environ", [{}, {"BILLING_PANEL_SANDBOX": "0"}, {"SANDBOX": "1"}])
def test_it_is_off_unless_it_is_switched_on(environ: dict[str, str]) -> None:
    assert plugin.panel_gateways(config(**environ)) == ()


def test_it_is_switched_on_by_one_and_nothing_else() -> None:
    (gateway,) = plugin.panel_gateways(config(BILLING_PANEL_SANDBOX="1"))
    assert gateway.key == "sandbox"
    with pytest.raises(ConfigError, match="0 or 1"):
        plugin.panel_gateways(config(BILLING_PANEL_SANDBOX="yes"))


def test_its_secret_is_not_the_panels_and_differs_from_panel_to_panel() -> None:
    secrets = {secret_of(key) for key in ("one", "other")}
    assert len(secrets | {"one", "other"}) == 4


def test_the_same_payment_begins_once_and_its_page_cannot_be_made_up() -> None:
    sandbox = Sandbox("secret", "https://panel.example")
    payment = PaymentToBegin("1-1", Money(100, "EUR"), "Order 1", "en", "https://panel.example/1")
    begun = sandbox.begin(payment)
    assert sandbox.begin(payment) == begun
    written = begun.url.rpartition("/")[2]
    assert sandbox.page(written) is not None
    assert Sandbox("other", "https://panel.example").page(written) is None
    assert sandbox.page(written[1:]) is None


def test_its_fiscal_device_gives_a_receipt_the_same_number_again(euro_document: Document) -> None:
    assert plugin.invoices_fiscal_devices(config()) == ()
    (device,) = plugin.invoices_fiscal_devices(config(BILLING_PANEL_SANDBOX="1"))
    receipt = replace(euro_document, kind=Kind.RECEIPT, paid_with="cash")
    assert device.takes(receipt)
    assert not device.takes(replace(receipt, paid_with="bank_transfer"))
    first, again, other = (device.register(ReceiptToRegister(key, receipt)) for key in "aab")
    assert first == again != other
