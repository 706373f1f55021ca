"""The forms on which passwords and codes are typed."""

from flask_wtf import FlaskForm
from typing_extensions import override
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from billing_panel.accounts.signing_in.passwords import MAX_LENGTH, MIN_LENGTH
from billing_panel.kernel.language.text import say, text
from billing_panel.web.shell.request_context import language


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Login and password; ``next``: where to go then."""

    login = StringField(validators=[DataRequired(), Length(max=128)])
    password = PasswordField(validators=[DataRequired(), Length(max=MAX_LENGTH)])
    next = HiddenField()


class LongEnough(Length):  # type: ignore[misc]
    """Says how to fix it in the reader's language."""

    @override
    def __call__(self, form: FlaskForm, field: PasswordField) -> None:
        self.message = say(
            text("Use at least %(least)s characters for the password.", least=self.min), language()
        )
        super().__call__(form, field)


class ChoosePasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, twice."""

    password = PasswordField(validators=[DataRequired(), LongEnough(MIN_LENGTH, MAX_LENGTH)])
    again = PasswordField(validators=[DataRequired(), EqualTo("password")])


class ForgottenForm(FlaskForm):  # type: ignore[misc]
    """The login of whoever forgot their password, or the address they are written to."""

    login = StringField(validators=[DataRequired(), Length(max=320)])


class CodeForm(FlaskForm):  # type: ignore[misc]
    """A code of the second factor, or a recovery code."""

    code = StringField(validators=[DataRequired(), Length(max=64)])
