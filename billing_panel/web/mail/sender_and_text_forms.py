"""The forms of a provider's mail: its sender, and the text of one kind of letter."""

from dataclasses import asdict

from wtforms import StringField, TextAreaField

from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.kernel.language.text import LANGUAGES, OWN_NAMES, text
from billing_panel.mail.mail_templates_and_sender import SenderDetails, TemplateDetails
from billing_panel.web.forms.details_form import DetailsForm, Section

LETTER = text("Kind of e-mail")


class SenderForm(DetailsForm):
    """The sender of a provider's letters."""

    name = StringField(text("Sender’s name"))
    reply_to = StringField(text("Replies go to"))
    en = TextAreaField(OWN_NAMES["en"], render_kw={"rows": 4, "lang": "en"})
    ru = TextAreaField(OWN_NAMES["ru"], render_kw={"rows": 4, "lang": "ru"})
    bg = TextAreaField(OWN_NAMES["bg"], render_kw={"rows": 4, "lang": "bg"})

    SECTIONS = (
        Section(
            text("Sender"),
            ("name", "reply_to"),
            text("What is left empty is taken from the provider’s details."),
        ),
        Section(
            text("At the bottom of each e-mail"),
            LANGUAGES,
            text("If left empty: the company’s legal name, address and contacts."),
        ),
    )

    def __init__(self, details: SenderDetails, *, sent: bool | None = None) -> None:
        filled = {**asdict(details), **details.footers, "seen": state_of(details)}
        super().__init__(filled, sent=sent)

    def details(self) -> SenderDetails:
        typed = self.values()
        footers = {code: typed[code] for code in LANGUAGES if typed[code]}
        return SenderDetails(typed["name"] or "", typed["reply_to"] or "", footers)


class TextForm(DetailsForm):
    """What one kind of letter says in one language."""

    subject = StringField(text("Subject"))
    text = TextAreaField(
        text("Text"),
        description=text(
            "Separate paragraphs with an empty line. A line that ends with a link, "
            "such as “Open the order: {{ link }}”, becomes a button. A line whose "
            "placeholders are all empty is left out."
        ),
        render_kw={"rows": 18},
    )

    REQUIRED = ("subject", "text")
    SECTIONS = (Section(LETTER, ("subject", "text")),)

    def __init__(self, details: TemplateDetails, *, sent: bool | None = None) -> None:
        super().__init__({**asdict(details), "seen": state_of(details)}, sent=sent)
        self.subject.flags.wide = True

    def details(self) -> TemplateDetails:
        typed = self.values()
        return TemplateDetails(typed["subject"] or "", typed["text"] or "")
