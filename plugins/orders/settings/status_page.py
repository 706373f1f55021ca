"""Settings → Order statuses → one of them, or a new one; an own one can be deleted (W1, W6)."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from typing_extensions import override
from wtforms import BooleanField, Field, SelectField

from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import say, text
from billing_panel.web.forms.details_form import DetailsForm, Section
from billing_panel.web.forms.form_pages import (
    Editing,
    FormPage,
    refused,
    save,
    show,
)
from billing_panel.web.forms.typed_fields import CheckListField, TitlesField
from billing_panel.web.shell.i18n import gettext, ngettext
from billing_panel.web.shell.post_in_transaction import WITH_RIGHTS, change
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import may_open
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.orders.settings.arrange_statuses_page import STOCK_CHOICES
from plugins.orders.settings.move_orders_to_status import GiveStatus, give_status, orders_in
from plugins.orders.settings.save_status import (
    StatusDetails,
    delete_status,
    save_status,
    status_details,
)
from plugins.orders.settings.workflow_page_frame import frame_of, of_list, seen_version
from plugins.orders.store.versions.installed_vocabulary import vocabulary_of
from plugins.orders.workflow.file.set_by_hand_matrix import Cell, settable
from plugins.orders.workflow.file.workflow_edit import add_status, stand_ins, status_of
from plugins.orders.workflow.file.workflow_file import Draft, WorkflowFile
from plugins.orders.workflow.file.workflow_in_words import SHAPES, STAGES, TONES
from plugins.orders.workflow.review.file_under_review import ReviewedFile
from plugins.orders.workflow.review.status_substitutes import indispensable, may_stand_in
from plugins.orders.workflow.statuses.stage import SetBy, Shape, Stage, Tone
from plugins.orders.workflow.statuses.status import Status

status = Blueprint("status", "plugins.orders", url_prefix="/order-statuses")
TEMPLATE = "orders/status.html"
OWN_ALONE = ("shape", "stage", "goes_on")


class StatusForm(DetailsForm):
    """Of a predefined status what it means is fixed, so those fields are not there (W1).

    Nor are those of the ways by hand for whoever may not change transitions.
    """

    titles = TitlesField(text("Title"))
    tone = SelectField(text("Colour"))
    shape = SelectField(text("Dot"))
    stage = SelectField(
        text("Stage"), description=text("How far along an order is; lists and counts follow it.")
    )
    goes_on = BooleanField(
        text("Orders can go on to"),
        description=text("Only for a status that is done or lost; otherwise it ends the order."),
    )
    email_client = BooleanField(
        text("Notify the client"),
        description=text("When an order gets this status, in the ways the client chose."),
    )
    stock = SelectField(text("Stock"))
    sources = CheckListField(text("Staff can set it from"))
    targets = CheckListField(text("Staff may move orders from it to"))
    enabled = BooleanField(
        text("Switched on"),
        description=text(
            "When switched off, no order can enter it; orders in it stay and can leave."
        ),
    )

    instead = SelectField(
        text("Used instead"),
        description=text("While it is switched off: an own status of the same stage."),
    )

    REQUIRED = ("titles",)
    SECTIONS: ClassVar[tuple[Section, ...]] = (
        Section(text("Name and appearance"), ("titles", "tone", "shape", "stage", "goes_on")),
        Section(text("When an order enters it"), ("email_client", "stock")),
        Section(
            text("Set by hand"),
            ("sources", "targets"),
            text("Orders must be able to reach it, and to leave it unless it is final."),
        ),
        Section(text("In use"), ("enabled", "instead")),
    )

    def __init__(
        self, file: WorkflowFile, key: str | None, details: StatusDetails, *, sent: bool | None
    ) -> None:
        super().__init__({**asdict(details), "seen": state_of(details)}, sent=sent)
        self.tone.choices = {tone.value: say(said, language()) for tone, said in TONES.items()}
        self.shape.choices = {shape.value: say(said, language()) for shape, said in SHAPES.items()}
        self.stage.choices = {stage.value: say(said, language()) for stage, said in STAGES.items()}
        self.stock.choices = {move: say(said, language()) for move, said in STOCK_CHOICES.items()}
        may_change_ways = may_open("transitions.page")
        self.sources.choices = dict(_sources(file, key)) if may_change_ways else {}
        self.targets.choices = dict(_targets(file, key)) if may_change_ways else {}
        predefined = key is not None and status_of(file, key).predefined
        self.instead.choices = dict(_stand_ins(file, key))
        nothing = [name for name in ("sources", "targets", "instead") if not self[name].choices]
        for name in (*nothing, *(OWN_ALONE if predefined else ())):
            del self[name]

    @override
    def controls(self, section: Section) -> list[Field]:
        return [self[name] for name in section.fields if name in self]

    @override
    def values(self) -> dict[str, Any]:
        typed = super().values()
        return {
            name: sorted(value) if name in {"sources", "targets"} else value
            for name, value in typed.items()
        }

    def details(self, now: StatusDetails) -> StatusDetails:
        typed = self.values()
        typed["tone"] = Tone(typed["tone"])
        if "stage" in typed:
            typed["shape"], typed["stage"] = Shape(typed["shape"]), Stage(typed["stage"])
        return replace(now, **typed)


def _sources(file: WorkflowFile, key: str | None) -> Iterator[tuple[str, str]]:
    """Where an order can leave by hand for it; a row of its own says the rest."""
    if key is not None and status_of(file, key).set_by is SetBy.SYSTEM:
        return
    offered = _offered(file, key)
    for other in file.status:
        if other.key != key and not other.is_final and (other.key, key or UNMADE.key) in offered:
            yield other.key, say(other.title, language())


def _targets(file: WorkflowFile, key: str | None) -> Iterator[tuple[str, str]]:
    if key is not None and status_of(file, key).predefined and status_of(file, key).is_final:
        return
    offered = _offered(file, key)
    for other in file.status:
        by_system = other.set_by is SetBy.SYSTEM
        if other.key != key and not by_system and (key or UNMADE.key, other.key) in offered:
            yield other.key, say(other.title, language())


def _stand_ins(file: WorkflowFile, key: str | None) -> Iterator[tuple[str, str]]:
    if key is None or key not in indispensable(file):
        return
    status = status_of(file, key)
    found = [other for other in file.status if may_stand_in(status, other)]
    yield "", gettext("none")
    yield from ((other.key, say(other.title, language())) for other in found)


# stands for the status that is not made yet
UNMADE = Status.model_construct(key="unmade", stage=Stage.OPEN)


def _offered(file: WorkflowFile, key: str | None) -> frozenset[Cell]:
    return settable(file if key is not None else add_status(file, UNMADE))


@dataclass(frozen=True)
class StatusPage:
    """What stands beside the form. ``status`` None: it is not made yet.

    ``orders``: how many are in it. ``others``: statuses these may be given; ``instead`` and
    ``reason``: what was typed there. ``version``: the number of the one that runs.
    """

    provider_key: str
    may_change_ways: bool
    may_give: bool = False
    status: Status | None = None
    is_reached: bool = False
    version: int = 0
    orders: int = 0
    others: Sequence[Status] = ()
    instead: str = ""
    reason: str = ""


@status.route("/<key>/new", methods=["GET", "POST"])
@of_list
def new(key: str) -> ResponseReturnValue:
    """Create a status of one's own (W1); it starts switched off.

    Needs ``orders:status_list:change``; ``orders:transition:change`` too for the ways by hand.
    Refuses titles that are missing, and ways by which orders couldn't run.
    """
    running, actor = panel(), current_actor()
    blank = StatusDetails()
    with running.database.reading() as db:
        form = StatusForm(frame_of(db, key).file, None, blank, sent=None)
        beside = StatusPage(key, may_change_ways=may_open("transitions.page"))
        page = FormPage(
            gettext("New status"),
            _crumbs(key),
            form,
            template=TEMPLATE,
            values={"beside": beside},
        )
    if request.method != "POST":
        return show(page)

    def act(db: Session) -> str:
        details = form.details(blank)
        made = save_status(db, key, None, details, actor=actor, clock=running.clock)
        return url_for("status.change", key=key, status_key=made)

    return save(page, act)


@status.get("/<key>/status/<status_key>", endpoint="change")
@of_list
def page_of(key: str, status_key: str) -> ResponseReturnValue:
    """One status: its name and look, what entering it does, how it is reached, on or off (W1, W6).

    Needs ``orders:status_list:change``.
    """
    return show(_page(key, status_key))


@status.post("/<key>/status/<status_key>", endpoint="send")
@of_list
def send(key: str, status_key: str) -> ResponseReturnValue:
    """Save the status.

    Needs ``orders:status_list:change``; ``orders:transition:change`` too for the ways by hand.
    Refuses what orders couldn't run by, and tells what somebody else changed meanwhile.
    """
    running, actor = panel(), current_actor()
    page = _page(key, status_key, sent=True)
    form = page.form

    def now(db: Session) -> StatusDetails:
        return status_details(frame_of(db, key).file, status_key)

    def act(db: Session) -> str:
        details, seen = form.details(now(db)), form.seen.data
        save_status(db, key, status_key, details, seen=seen, actor=actor, clock=running.clock)
        return url_for("status.change", key=key, status_key=status_key)

    def typed() -> StatusDetails:
        with running.database.reading() as db:
            details: StatusDetails = form.details(now(db))
            return details

    def refill(details: StatusDetails) -> StatusForm:
        with running.database.reading() as db:
            return StatusForm(frame_of(db, key).file, status_key, details, sent=False)

    return save(page, act, {"": Editing(now, typed, refill)})


@status.post("/<key>/status/<status_key>/delete")
@of_list
def delete(key: str, status_key: str) -> ResponseReturnValue:
    """Delete a status of one's own (W1).

    Needs ``orders:status_list:change``. Refuses a predefined one, and one that orders are in or
    need.
    """
    running, actor = panel(), current_actor()

    def act(db: Session) -> None:
        seen = seen_version()
        delete_status(db, key, status_key, seen=seen, actor=actor, clock=running.clock)

    def done(_: None) -> ResponseReturnValue:
        flash(gettext("The status is deleted."), "ok")
        return redirect(url_for("statuses.index", key=key), 303)

    def told(refusal: DomainError) -> ResponseReturnValue:
        return refused(_page(key, status_key), refusal, sent=False)

    return change(act, told, done, WITH_RIGHTS)


@status.post("/<key>/status/<status_key>/give")
@of_list
def give(key: str, status_key: str) -> ResponseReturnValue:
    """Give the orders in it another status, so that it can be deleted.

    Needs ``orders:status_list:change`` and ``orders:status:change``. Refuses a status they can't be
    given, and a change without a reason.
    """
    running, actor = panel(), current_actor()
    instead, reason = request.form.get("instead", ""), request.form.get("reason", "")
    command = GiveStatus(status_key, instead, reason)

    def act(db: Session) -> int:
        return give_status(db, key, command, actor=actor, clock=running.clock)

    def done(moved: int) -> ResponseReturnValue:
        flash(
            ngettext(
                "%(number)s order has a new status.",
                "%(number)s orders have a new status.",
                moved,
            ),
            "ok",
        )
        return redirect(url_for("status.change", key=key, status_key=status_key), 303)

    def told(refusal: DomainError) -> ResponseReturnValue:
        page = _page(key, status_key, instead=instead, reason=reason)
        return refused(page, refusal, sent=False)

    return change(act, told, done, WITH_RIGHTS)


def _crumbs(key: str) -> list[tuple[str, str]]:
    return [(gettext("Order statuses"), url_for("statuses.index", key=key))]


def _page(
    key: str, chosen: str, *, sent: bool = False, instead: str = "", reason: str = ""
) -> FormPage:
    """Raises NotFound."""
    with panel().database.reading() as db:
        frame = frame_of(db, key)
        details = status_details(frame.file, chosen)
        shown = status_of(frame.file, chosen)
        beside = StatusPage(
            key,
            may_change_ways=may_open("transitions.page"),
            may_give=allows(current_actor(), OrdersFunction.STATUS_CHANGE),
            status=shown,
            is_reached=chosen in _reached(frame.file),
            version=frame.version.number,
            orders=orders_in(db, current_actor(), key, chosen),
            others=stand_ins(frame.file, chosen),
            instead=instead,
            reason=reason,
        )
        return FormPage(
            title=say(shown.title, language()),
            crumbs=_crumbs(key),
            form=StatusForm(frame.file, chosen, details, sent=sent),
            action=url_for("status.send", key=key, status_key=chosen),
            template=TEMPLATE,
            values={"beside": beside},
        )


def _reached(file: WorkflowFile) -> frozenset[str]:
    """Keys of the statuses that orders may come to."""
    return frozenset(ReviewedFile(Draft(file), vocabulary_of(panel().database)).reached)
