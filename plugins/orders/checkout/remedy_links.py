"""Links to where the reason against an order can be removed, for those who may.

The client's rights stay what they are for everybody; whoever may change them, changes them where
they are kept, and the order is then judged again. Where the provider makes exceptions, one may be
proposed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from billing_panel.catalog.rules.eligibility import LIFTABLE
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from permissions.panel_functions import PanelFunction


@dataclass(frozen=True)
class WayOut:
    """A link to where something that stands against an order is removed."""

    label: Text
    href: str


@dataclass(frozen=True)
class WaysOut:
    """Those of one actor, for one client of one provider that makes exceptions or does not."""

    actor: Actor
    client_id: int
    provider: str
    may_propose: bool = False

    def of(self, reasons: Sequence[Reason], tariff_id: int | None = None) -> list[WayOut]:
        found = [
            way
            for reason in reasons
            for way in (self._of(reason, tariff_id), self._exception(reason, tariff_id))
        ]
        return [*dict.fromkeys(way for way in found if way is not None)]

    def _of(self, reason: Reason, tariff_id: int | None) -> WayOut | None:
        match reason.code:
            case "group_not_allowed" | "group_forbidden":
                return self._terms(PanelFunction.GROUP_ASSIGN, text("Move to another group"))
            case "debt_over_limit":
                return self._terms(
                    PanelFunction.CREDIT_LIMIT_CHANGE, text("Change the credit limit")
                )
            case "client_blocked":
                return self._terms(PanelFunction.CLIENT_BLOCK, text("Unblock"))
            case "limit_reached" | "archived" | "country_not_allowed":
                return self._tariff(
                    PanelFunction.TARIFF_CHANGE, text("Change the tariff"), tariff_id
                )
            case "out_of_stock":
                return self._tariff(PanelFunction.STOCK_CHANGE, text("Add to stock"), tariff_id)
            case _:
                return None

    def _exception(self, reason: Reason, tariff_id: int | None) -> WayOut | None:
        if not self.may_propose or tariff_id is None or reason.code not in LIFTABLE:
            return None
        href = url_for(
            "exceptions.propose",
            client_id=self.client_id,
            provider=self.provider,
            tariff=tariff_id,
            restriction=reason.code,
        )
        return WayOut(text("Propose an exception…"), href)

    def _terms(self, function: PanelFunction, label: Text) -> WayOut | None:
        if not allows(self.actor, function):
            return None
        anchor = f"terms-{self.provider}"
        return WayOut(label, url_for("clients.profile", client_id=self.client_id, _anchor=anchor))

    def _tariff(self, function: PanelFunction, label: Text, tariff_id: int | None) -> WayOut | None:
        if tariff_id is None or not allows(self.actor, function):
            return None
        return WayOut(label, url_for("tariffs.change", tariff_id=tariff_id))
