"""A workflow of an older version with the list of statuses as its provider has it now. Pure."""

from collections.abc import Sequence

from plugins.orders.workflow.file.workflow_file import WorkflowFile
from plugins.orders.workflow.statuses.status import Status


def as_listed(file: WorkflowFile, listed: Sequence[Status]) -> WorkflowFile:
    """``file`` in the order of ``listed``, with what is switched off there and stands in (W1, W2).

    What is no longer listed is switched off, at the end. What stands in and is new to the file is
    added, with no way on: an order that comes to it runs by the newest version from then on. What
    was promised of the others stays: ways, effects, stages.
    """
    now = {status.key: status for status in listed}
    known = [_as_now(status, now.get(status.key)) for status in file.status]
    missing = {s.instead for s in known if s.instead} - {status.key for status in known}
    added = [status for status in listed if status.key in missing]
    places = {key: place for place, key in enumerate(now)}
    statuses = sorted([*known, *added], key=lambda s: places.get(s.key, len(places)))
    return file.model_copy(update={"status": tuple(statuses)})


def _as_now(status: Status, now: Status | None) -> Status:
    if now is None:
        return status.model_copy(update={"enabled": False, "instead": None})
    instead = None if now.enabled else now.instead
    shown = {"titles": now.titles, "tone": now.tone, "shape": now.shape}
    return status.model_copy(update={**shown, "enabled": now.enabled, "instead": instead})
