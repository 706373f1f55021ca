"""Administration → Payment methods: which are switched off now, until when, and why (D13)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider, providers
from billing_panel.administration.providers.switch_payment_method import (
    MAX_REASON,
    SwitchMethodOff,
    switch_method_off,
    switch_method_on,
)
from billing_panel.kernel.language.errors import DomainError, FieldError, Invalid
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.bounded_parsing import read_moment
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.post_in_transaction import change
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from permissions.panel_functions import PanelFunction

methods = Blueprint("methods", __name__, url_prefix="/payment-methods")
switching = access(needs(PanelFunction.METHOD_SWITCH, for_staff=True))


@dataclass(frozen=True)
class Sent:
    """What was sent and refused; ``of``: keys of the provider and of the method."""

    of: tuple[str, str] = ("", "")
    refusal: DomainError | None = None
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def wrong(self) -> Mapping[str, Text]:
        """What is said of each field."""
        return {e.field: e.message for e in self.refusal.errors} if self.refusal else {}


@methods.get("")
@switching
def index() -> ResponseReturnValue:
    """The payment methods of one's providers, and which are off."""
    return _page(Sent())


@methods.post("/<key>/<method>/off")
@switching
def off(key: str, method: str) -> ResponseReturnValue:
    """Switch a method off until a moment, which is in the provider's time."""

    def act(db: Session) -> None:
        command = SwitchMethodOff(
            key,
            method,
            _moment(db, key, request.form.get("until", "")),
            request.form.get("for_clients", ""),
            request.form.get("for_staff", ""),
        )
        switch_method_off(db, command, actor=current_actor(), clock=panel().clock)

    return _change(key, method, act)


@methods.post("/<key>/<method>/on")
@switching
def on(key: str, method: str) -> ResponseReturnValue:
    """Switch a method on again, before its time."""

    def act(db: Session) -> None:
        switch_method_on(db, key, method, actor=current_actor(), clock=panel().clock)

    return _change(key, method, act)


def _change(key: str, method: str, act: Callable[[Session], None]) -> ResponseReturnValue:
    def done(_: None) -> ResponseReturnValue:
        flash(gettext("Saved."), "ok")
        return redirect(url_for("methods.index"), 303)

    return change(act, partial(_refused, (key, method)), done)


def _refused(of: tuple[str, str], refusal: DomainError) -> ResponseReturnValue:
    return _page(Sent(of, refusal, request.form))


def _page(sent: Sent) -> ResponseReturnValue:
    actor, now = current_actor(), panel().clock.now()
    with panel().database.reading() as db:
        rows = [
            (provider, [m for m in provider.payment_methods if provider.can_take_by(m)])
            for provider in providers(db, actor)
        ]
        drawn = render_template(
            "administration/methods.html",
            rows=rows,
            now=now,
            sent=sent,
            most=MAX_REASON,
            followed_by=" ".join(f"provider:{provider.key}" for provider, _ in rows),
        )
    return drawn, sent.refusal.status if sent.refusal else 200


def _moment(db: Session, key: str, written: str) -> datetime:
    """Raises Invalid, NotFound."""
    zone = ZoneInfo(find_provider(db, current_actor(), key).timezone)
    read = read_moment(written)
    if read is None:
        raise Invalid([FieldError("until", "moment", text("Enter a date and time."))])
    return read.replace(tzinfo=zone).astimezone(UTC)
