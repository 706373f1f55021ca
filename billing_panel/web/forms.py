from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from billing_panel.accounts.passwords import MAX_LENGTH, MIN_LENGTH


class SignInForm(FlaskForm):  # type: ignore[misc]
    login = StringField(validators=[DataRequired(), Length(max=128)])
    password = PasswordField(validators=[DataRequired(), Length(max=MAX_LENGTH)])
    next = HiddenField()


class ChoosePasswordForm(FlaskForm):  # type: ignore[misc]
    password = PasswordField(validators=[DataRequired(), Length(MIN_LENGTH, MAX_LENGTH)])
    again = PasswordField(validators=[DataRequired(), EqualTo("password")])
