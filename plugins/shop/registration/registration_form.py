"""The form on which somebody registers with a provider, and the one on which they confirm it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import ClassVar

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, SelectField, StringField

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import ClientKind
from billing_panel.accounts.signing_in.passwords import MIN_LENGTH
from billing_panel.administration.clients.client_details import ClientDetails
from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.language.text import say, text
from billing_panel.web.administration.clients.client_forms import KINDS
from billing_panel.web.forms.country_currency_zone_fields import countries
from billing_panel.web.forms.details_form import DetailsForm, Section
from billing_panel.web.forms.typed_fields import address_lines
from billing_panel.web.shell.request_context import language

NEW_PASSWORD = {"autocomplete": "new-password", "maxlength": 256}


class RegistrationForm(DetailsForm):
    """``back``: where they were when they came. ``terms``: the version that was shown."""

    kind = SelectField(text("You register as"))
    name = StringField(
        text("Name or company"),
        description=text("As printed on invoices."),
        render_kw={"autocomplete": "organization"},
    )
    email = StringField(
        text("E-mail"),
        description=text("A link to confirm it is sent there."),
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )
    phone = StringField(text("Phone"), render_kw={"autocomplete": "tel"})
    login = StringField(
        text("Login"),
        description=text("It can’t be changed later."),
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        text("Password"),
        description=text("At least %(number)s characters.", number=MIN_LENGTH),
        render_kw=NEW_PASSWORD,
    )
    again = PasswordField(text("Repeat the password"), render_kw=NEW_PASSWORD)
    country = SelectField(text("Country"), render_kw={"autocomplete": "country"})
    address = address_lines(text("Address"))
    post_code = StringField(text("Post code"), render_kw={"autocomplete": "postal-code"})
    city = StringField(text("City"), render_kw={"autocomplete": "address-level2"})
    region = StringField(text("Region"), render_kw={"autocomplete": "address-level1"})
    registration_number = StringField(
        text("Registration number"),
        description=text("Of a company: EIK, OGRN, HRB and the like; a person has none."),
    )
    tax_number = StringField(
        text("Tax number"), description=text("As in Russia, where companies have an INN.")
    )
    vat_number = StringField(
        text("VAT number"),
        description=text("With it companies elsewhere in the EU pay no VAT here."),
    )
    tax_registration_reason = StringField(
        text("KPP"), description=text("Russian companies have one.")
    )
    accepted = BooleanField(text("Terms of sale"))
    terms = HiddenField()
    back = HiddenField()

    REQUIRED = ("name", "email", "login", "password", "again", "country", "address", "city")
    SECTIONS: ClassVar[tuple[Section, ...]] = (
        Section(text("Who you are"), ("kind", "name", "email", "phone")),
        Section(text("How you sign in"), ("login", "password", "again")),
        Section(
            text("For your bills"),
            (
                "country",
                "address",
                "post_code",
                "city",
                "region",
                "registration_number",
                "vat_number",
                "tax_number",
                "tax_registration_reason",
            ),
            text("The country and VAT number decide which tax you pay."),
        ),
    )

    def __init__(self, provider: Provider, back: str) -> None:
        blank = ClientDetails("", "", ClientKind.COMPANY, provider.country)
        filled = {**asdict(blank), "terms": provider.terms_version, "back": back}
        super().__init__(filled)
        self.kind.choices = [(kind.value, say(said, language())) for kind, said in KINDS.items()]
        self.country.choices = [*countries(language())]

    def differing(self) -> Sequence[FieldError]:
        """What only the form knows: the password was typed twice the same."""
        if self.password.data == self.again.data:
            return ()
        message = text("The two passwords differ; type the same one twice.")
        return (FieldError("again", "differs", message),)

    @property
    def accepted_terms(self) -> str:
        return str(self.terms.data or "") if self.accepted.data else ""

    def details(self) -> ClientDetails:
        typed = self.values()
        names = asdict(ClientDetails("", "", ClientKind.COMPANY, ""))
        plain = {name: typed[name] for name in names if name in typed}
        chosen = {"kind": ClientKind(typed["kind"]), "language": language()}
        return ClientDetails(**{**plain, **chosen})


class ConfirmForm(FlaskForm):  # type: ignore[misc]  # wtforms has no types
    """The password that was chosen; ``login``: another one, where somebody has the first."""

    login = StringField()
    password = PasswordField()
