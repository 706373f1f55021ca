"""The forms of a person's own account."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from billing_panel.accounts.signing_in.api_tokens import MAX_NAME
from billing_panel.accounts.signing_in.password_confirmation import (
    Given,
)
from billing_panel.accounts.signing_in.passwords import MAX_LENGTH, MIN_LENGTH
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.forms.typed_fields import CheckListField
from billing_panel.web.shell.function_titles import by_section
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.template_formats import days as days_in_words
from billing_panel.web.sign_in.sign_in_forms import LongEnough


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The old password, and the new one twice."""

    old = PasswordField(validators=[DataRequired(), Length(max=MAX_LENGTH)])
    new = PasswordField(validators=[DataRequired(), LongEnough(MIN_LENGTH, MAX_LENGTH)])
    again = PasswordField(validators=[DataRequired(), EqualTo("new")])


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """Asks for the password before what a stranger at an open screen must not do.

    And for the code of the second factor, where there is one.
    """

    password = PasswordField(validators=[DataRequired(), Length(max=MAX_LENGTH)])
    code = StringField(validators=[Length(max=64)])

    @property
    def given(self) -> Given:
        return Given(self.password.data, self.code.data or "")


class AddressForm(ConfirmForm):
    """Where a person is written to; empty: nowhere."""

    email = StringField(validators=[Length(max=320)])


class TokenForm(ConfirmForm):
    """A new API token: days it is good for, and some of the functions the actor holds."""

    name = StringField(validators=[DataRequired(), Length(max=MAX_NAME)])
    days = SelectField(default="90")
    functions = CheckListField(text("What it may do"), validators=[DataRequired()])

    def __init__(self, actor: Actor, **sent: Any) -> None:
        super().__init__(prefix="token-", **sent)
        days = {str(number): days_in_words(number) for number in (30, 90, 365)}
        self.days.choices = {**days, "": gettext("until it is revoked")}
        self.functions.choices = {
            title: {str(info.name): label for info, label in functions}
            for title, functions in by_section(actor.functions)
        }
