"""What differs between two versions of a workflow, in sentences. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from billing_panel.kernel.language.text import Text, text
from plugins.orders.workflow.file.set_by_hand_matrix import Cell, cells
from plugins.orders.workflow.file.workflow_file import WorkflowFile
from plugins.orders.workflow.file.workflow_in_words import NO_STOCK_MOVE, STAGES, STOCK_MOVES
from plugins.orders.workflow.statuses.status import Status


def changes(before: WorkflowFile, after: WorkflowFile) -> Sequence[Text]:
    """Empty: orders run as they did, as far as the panel can change it."""
    return [*_statuses(before, after), *_by_hand(before, after)]


def _statuses(before: WorkflowFile, after: WorkflowFile) -> Iterator[Text]:
    old = {status.key: status for status in before.status}
    new = {status.key: status for status in after.status}
    for status in before.status:
        if status.key not in new:
            yield text("“%(status)s” is deleted.", status=status.title)
    for status in after.status:
        if status.key in old:
            yield from _of_status(old[status.key], status)
            yield from _instead(old[status.key], status, new)
        else:
            yield text("“%(status)s” is new.", status=status.title)
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield text("The order of the statuses has changed.")


def _of_status(old: Status, new: Status) -> Iterator[Text]:
    title = old.title
    if new.titles != old.titles:
        words = " / ".join(new.titles.values())
        yield text("“%(status)s” is called: %(words)s.", status=title, words=words)
    if (new.tone, new.shape) != (old.tone, old.shape):
        yield text("“%(status)s” has a new look.", status=title)
    if (new.stage, new.is_final) != (old.stage, old.is_final):
        stage = STAGES[new.stage]
        yield text("The stage of “%(status)s” is: %(stage)s.", status=title, stage=stage)
    if new.enabled != old.enabled:
        yield (
            text("“%(status)s” is switched on.", status=title)
            if new.enabled
            else text("“%(status)s” is switched off; no order can enter it.", status=title)
        )
    if new.email_client != old.email_client:
        yield (
            text("The client is notified when an order becomes “%(status)s”.", status=title)
            if new.email_client
            else text(
                "The client is not notified when an order becomes “%(status)s”.", status=title
            )
        )
    if new.is_delivered_in != old.is_delivered_in:
        yield (
            text("Lines can be delivered while an order is “%(status)s”.", status=title)
            if new.is_delivered_in
            else text("Lines can’t be delivered while an order is “%(status)s”.", status=title)
        )
    if new.stock != old.stock:
        move = STOCK_MOVES[new.stock] if new.stock else NO_STOCK_MOVE
        yield text("Stock effect of “%(status)s”: %(move)s.", status=title, move=move)


def _instead(old: Status, new: Status, known: Mapping[str, Status]) -> Iterator[Text]:
    if new.enabled or new.instead is None or (new.instead == old.instead and not old.enabled):
        return
    yield text(
        "Orders that would enter “%(status)s” enter “%(instead)s” instead.",
        status=old.title,
        instead=known[new.instead].title if new.instead in known else new.instead,
    )


def _by_hand(before: WorkflowFile, after: WorkflowFile) -> Iterator[Text]:
    gained, lost = cells(after) - cells(before), cells(before) - cells(after)
    for status in after.status:
        if may := _targets(after, status, gained):
            yield text("From “%(status)s” staff can set: %(to)s.", status=status.title, to=may)
        if no_longer := _targets(after, status, lost):
            yield text(
                "From “%(status)s” staff can no longer set: %(to)s.",
                status=status.title,
                to=no_longer,
            )


def _targets(file: WorkflowFile, source: Status, of: frozenset[Cell]) -> list[Text]:
    return [
        text("“%(status)s”", status=status.title)
        for status in file.status
        if (source.key, status.key) in of
    ]
