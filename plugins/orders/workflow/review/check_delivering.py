"""What is wrong with where lines are delivered, and with who takes them back. Pure."""

from collections.abc import Iterator

from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import ActorKind
from plugins.orders.workflow.requirements import TAKEN_BACK
from plugins.orders.workflow.review.check_rows import asked_names
from plugins.orders.workflow.review.file_under_review import ReviewedFile
from plugins.orders.workflow.statuses.stage import Stage
from plugins.orders.workflow.statuses.status import Status
from plugins.orders.workflow.vocabulary import DELIVERS, TAKES_BACK


def delivering_statuses(reviewed: ReviewedFile) -> Iterator[Reason]:
    """Where lines are delivered, what must hold is known, and asks for no field."""
    for status in reviewed.file.status:
        place = f"status.{status.key}"
        yield from asked_names(
            reviewed, status.delivers_when, f"{place}.delivers_when", fields=False
        )
        if status.delivers and status.stage is Stage.LOST:
            yield Reason(
                "delivers_lost",
                text(
                    "“%(status)s” is lost, and lost orders can’t be delivered.", status=status.title
                ),
                text("Remove “delivers”, or give the status another stage."),
                f"{place}.delivers",
            )
        elif status.delivers_when and not status.is_delivered_in:
            yield Reason(
                "delivers_never",
                text("Lines can never be delivered in “%(status)s”.", status=status.title),
                text("Set delivers = true with it, or remove “delivers_when”."),
                f"{place}.delivers_when",
            )


def delivering_rows(reviewed: ReviewedFile) -> Iterator[Reason]:
    """What is brought back from a lost status is delivered by the word of its row."""
    for number, row in enumerate(reviewed.file.entry):
        status = reviewed.statuses.get(reviewed.in_place.get(row.status, row.status))
        if status and DELIVERS in row.effects and not _always(status):
            place = "entry" if len(reviewed.file.entry) == 1 else f"entry.{number}"
            yield _not_here(status, f"{place}.effects")
    for move in reviewed.moves:
        status = reviewed.statuses.get(move.begins)
        if status is None or DELIVERS not in move.row.effects or status.stage is Stage.LOST:
            continue
        if not status.is_delivered_in:
            yield _not_here(status, f"{move.place}.effects")


def _always(status: Status) -> bool:
    return status.is_delivered_in and not status.delivers_when


def _not_here(status: Status, place: str) -> Reason:
    return Reason(
        "delivers_not_here",
        text("Lines can’t be delivered while an order is “%(status)s”.", status=status.title),
        text("Put another status before it, or set delivers = true on this one."),
        place,
    )


def taking_back(reviewed: ReviewedFile) -> Iterator[Reason]:
    """Staff alone do it, and before what goes by it."""
    for number, row in enumerate(reviewed.file.entry):
        if TAKES_BACK in row.effects:
            place = "entry" if len(reviewed.file.entry) == 1 else f"entry.{number}"
            yield _by_staff(f"{place}.effects")
    for number, transition in enumerate(reviewed.file.transition):
        place = f"transition.{number}"
        if TAKES_BACK not in transition.effects:
            if TAKEN_BACK in {*transition.requires, *transition.asks}:
                yield Reason(
                    "effect_needed",
                    text(
                        "“%(action)s” must have the effect “%(effect)s”.",
                        action=TAKEN_BACK,
                        effect=TAKES_BACK,
                    ),
                    text("Name the effect; it asks for the field by itself."),
                    f"{place}.effects",
                )
            continue
        kinds = {who.partition(":")[0] for who in transition.by}
        if transition.after is not None or kinds - {ActorKind.STAFF}:
            yield _by_staff(f"{place}.by")
        if transition.effects[0] != TAKES_BACK:
            yield Reason(
                "take_back_first",
                text("“%(effect)s” must come first.", effect=TAKES_BACK),
                text("The others depend on what was taken back; put it before them."),
                f"{place}.effects",
            )


def _by_staff(place: str) -> Reason:
    return Reason(
        "taken_back_by_staff",
        text("Only staff can take back what was delivered."),
        text("Give staff a separate row with “take_back_lines”, and leave it out here."),
        place,
    )
