"""One way to write the pages of a noun: its list, and the forms that add and change one.

A class says what the noun is; its routes say who may open them, and ask the class for the answer::

    @groups.route("/<bigid:group_id>", methods=["GET", "POST"])
    @changing
    def change(group_id: int) -> ResponseReturnValue:
        return GroupPages(group_id).change()
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypedDict, TypeVar

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from typing_extensions import override

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.web.forms.details_form import DetailsForm
from billing_panel.web.forms.form_pages import (
    Crumbs,
    Editing,
    FormPage,
    ListPage,
    ListRow,
    refused,
    save,
    show,
    show_list,
)
from billing_panel.web.shell.i18n import gettext, said
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import may_open

Row = TypeVar("Row")
Details = TypeVar("Details")


class How(TypedDict):
    """Who acts, and by which clock: what every action is told besides its command."""

    actor: Actor
    clock: Clock


class EditPage(ABC, Generic[Row, Details]):
    """The page on which one row is shown and changed, made for each request.

    ``Row``: what the details are read from; ``Details``: what its form is filled with and gives
    back. The row is found in the actor's scope at each reading, and outside it does not exist.
    """

    template: ClassVar[str] = "administration/form.html"

    def __init__(self) -> None:
        self.how: How = {"actor": current_actor(), "clock": panel().clock}

    @property
    def actor(self) -> Actor:
        return self.how["actor"]

    @abstractmethod
    def find(self, db: Session) -> Row:
        """The row of the page. Raises NotFound."""

    @abstractmethod
    def details(self, db: Session, row: Row) -> Details:
        """The details as they are now."""

    @abstractmethod
    def form(self, db: Session, details: Details, *, sent: bool | None = None) -> DetailsForm:
        """The form filled with ``details``; ``sent`` as in DetailsForm."""

    @abstractmethod
    def name(self, row: Row) -> str:
        """The title of the page."""

    @abstractmethod
    def address(self) -> str:
        """Where the page is, and where one goes once it is saved."""

    @abstractmethod
    def change_row(self, db: Session, details: Details, seen: str) -> None:
        """Change the row. Raises Conflict ``changed_meanwhile``: ``seen`` is not its state now."""

    def crumbs(self, _row: Row) -> Crumbs:
        """The pages above."""
        return ()

    def may_save(self, _row: Row) -> bool:
        """Whether the form can be sent."""
        return True

    def action(self) -> str:
        """Where the form is sent."""
        return self.address()

    def follows(self, _row: Row) -> str:
        """By which news the page is kept up to date; empty: by none."""
        return ""

    def values(self, _db: Session, _row: Row) -> Mapping[str, Any]:
        """What the template needs besides the form."""
        return {}

    def page(self, *, sent: bool | None = None) -> FormPage:
        """The page as it is; ``sent`` False: another form than its own was sent."""
        with panel().database.reading() as db:
            row = self.find(db)
            return FormPage(
                title=self.name(row),
                crumbs=self.crumbs(row),
                form=self.form(db, self.details(db, row), sent=sent),
                may_save=self.may_save(row),
                action=self.action(),
                template=self.template,
                values=self.values(db, row),
                follows=self.follows(row),
            )

    def show(self) -> ResponseReturnValue:
        """Answer with the page."""
        return show(self.page())

    def change(self) -> ResponseReturnValue:
        """GET shows the page; POST changes the row by what was typed.

        When somebody else has changed it meanwhile, the page shows both people's changes.
        """
        page = self.page()
        if request.method != "POST":
            return show(page)
        form = page.form

        def act(db: Session) -> str:
            self.change_row(db, form.details(), form.seen.data)
            return self.address()

        editing = Editing(lambda db: self.details(db, self.find(db)), form.details, self._refill)
        return save(page, act, {"": editing})

    def refused(self, refusal: DomainError) -> ResponseReturnValue:
        """Answer with the page when something else on it than its form was refused."""
        return refused(self.page(sent=False), refusal, sent=False)

    def _refill(self, details: Details) -> DetailsForm:
        with panel().database.reading() as db:
            return self.form(db, details, sent=False)


class ProviderPage(EditPage[Provider, Details]):
    """A page about the provider ``key``, in the actor's scope."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key

    @override
    def find(self, db: Session) -> Provider:
        return find_provider(db, self.actor, self.key)


class NounPages(EditPage[Row, Details]):
    """The pages of a noun that is listed, added and changed.

    ``blueprint``: has the endpoints ``index``, ``new`` and ``change``. ``title``: of the list.
    ``new_title``: of its button, and of the page behind it. ``nothing``: title and sentence of an
    empty list.
    """

    blueprint: ClassVar[str]
    title: ClassVar[Text]
    new_title: ClassVar[Text]
    columns: ClassVar[Sequence[Text]] = ()
    icon: ClassVar[str] = ""
    nothing: ClassVar[tuple[Text, Text]]
    list_template: ClassVar[str] = "administration/list.html"

    @abstractmethod
    def blank(self, db: Session) -> Details:
        """What the form of a row to be added is filled with."""

    @abstractmethod
    def add_row(self, db: Session, details: Details) -> str:
        """Add a row; the address to go to."""

    def rows(self, _db: Session) -> Iterable[ListRow]:
        """The lines of the list."""
        return ()

    def new_page(self, db: Session) -> FormPage:
        """The page on which one is added."""
        return FormPage(said(self.new_title), self.list_crumbs(), self.form(db, self.blank(db)))

    def list_values(self, _db: Session) -> Mapping[str, Any]:
        """What the list's template needs besides its rows."""
        return {}

    def list_crumbs(self) -> Crumbs:
        """The list, as the page above all others."""
        return [(said(self.title), url_for(f"{self.blueprint}.index"))]

    @override
    def crumbs(self, _row: Row) -> Crumbs:
        return self.list_crumbs()

    def index(self) -> ResponseReturnValue:
        """Answer with the list, and a button for whoever may add a row."""
        with panel().database.reading() as db:
            rows, values = [*self.rows(db)], self.list_values(db)
        nothing, sentence = self.nothing
        return show_list(
            ListPage(
                title=said(self.title),
                columns=[said(column) for column in self.columns],
                rows=rows,
                icon=self.icon,
                nothing=(said(nothing), said(sentence)),
                create=self.create_button(),
                values=values,
                template=self.list_template,
            )
        )

    def create_button(self) -> tuple[str, str] | None:
        """Label and address; None: whoever looks may not add one."""
        endpoint = f"{self.blueprint}.new"
        return (said(self.new_title), url_for(endpoint)) if may_open(endpoint) else None

    def new(self) -> ResponseReturnValue:
        """GET shows the empty form; POST adds what was typed."""
        with panel().database.reading() as db:
            page = self.new_page(db)
        return create(page, self.add_row)


def create(page: FormPage, add: Callable[[Session, Any], str]) -> ResponseReturnValue:
    """GET shows the form; POST gives its details to ``add``, which answers with an address."""
    if request.method != "POST":
        return show(page)
    return save(page, lambda db: add(db, page.form.details()))


def choose_provider(title: str, crumbs: Crumbs, endpoint: str) -> ResponseReturnValue:
    """Ask for which provider something is added at ``endpoint``; the only one is chosen.

    Where there is none, nothing can be added: back to the page above.
    """
    with panel().database.reading() as db:
        offered = providers_in_scope(db, current_actor())
    choices = [Offered(one.name, url_for(endpoint, provider=one.key)) for one in offered]
    if not choices:
        return redirect(crumbs[-1][1])
    if len(choices) == 1:
        return redirect(choices[0].address)
    return choose_one(title, crumbs, gettext("Choose the provider"), choices)


@dataclass(frozen=True)
class Offered:
    """One of several that lead on; ``sentence`` says what it is."""

    name: str
    address: str
    sentence: str = ""


def choose_one(
    title: str, crumbs: Crumbs, question: str, offered: Sequence[Offered]
) -> ResponseReturnValue:
    """Ask what must be known before there can be a form."""
    return render_template(
        "administration/choose_one.html",
        title=title,
        crumbs=crumbs,
        question=question,
        offered=offered,
    )
