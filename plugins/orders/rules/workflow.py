"""A workflow as data: its statuses, and what happens when an order enters it. Pure.

A status carries how it looks (``tone``, ``shape``) and what it means to the engine (``stage``), so
that no code names one. Read from TOML; a file with mistakes is refused with all of them at once.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from billing_panel.kernel.text import LANGUAGES, Titles


class Stage(StrEnum):
    """How far an order is: begun, under way, done, or lost."""

    NEW = "new"
    OPEN = "open"
    DONE = "done"
    LOST = "lost"


class Tone(StrEnum):
    MUTE = "mute"
    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    INFO = "info"
    VIOLET = "violet"


class Shape(StrEnum):
    RING = "ring"
    HALF = "half"
    FULL = "full"


Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Status(_Strict):
    key: Key
    titles: Mapping[str, str]
    stage: Stage
    tone: Tone
    shape: Shape

    @property
    def title(self) -> Titles:
        return Titles(self.titles)


class Entry(_Strict):
    """The status of a new order, and the effects run once when it is placed, by name."""

    status: Key
    effects: tuple[Key, ...] = ()


class Workflow(_Strict):
    key: Key
    split_by_availability: bool = False
    entry: Entry
    statuses: tuple[Status, ...] = Field(alias="status")

    def status(self, key: str) -> Status:
        """Raises KeyError."""
        return {status.key: status for status in self.statuses}[key]


class WorkflowMistakes(ValueError):
    """Everything that is wrong with a workflow file, one sentence each, with its place."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def parse(source: str, *, known_effects: frozenset[str]) -> Workflow:
    """Raises WorkflowMistakes."""
    try:
        workflow = Workflow.model_validate(tomllib.loads(source))
    except tomllib.TOMLDecodeError as error:
        raise WorkflowMistakes([str(error)]) from error
    except ValidationError as error:
        raise WorkflowMistakes(
            [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        ) from error
    if mistakes := [*_mistakes(workflow, known_effects)]:
        raise WorkflowMistakes(mistakes)
    return workflow


def _mistakes(workflow: Workflow, known_effects: frozenset[str]) -> Iterator[str]:
    yield from _status_mistakes(workflow)
    if workflow.entry.status not in {status.key for status in workflow.statuses}:
        yield f"entry.status: there is no status {workflow.entry.status!r}"
    for effect, times in Counter(workflow.entry.effects).items():
        if times > 1:
            yield f"entry.effects: {effect!r} stands there {times} times; each happens once"
        if effect not in known_effects:
            known = ", ".join(sorted(known_effects))
            yield f"entry.effects: there is no effect {effect!r}; there are: {known}"


def _status_mistakes(workflow: Workflow) -> Iterator[str]:
    for key, times in Counter(status.key for status in workflow.statuses).items():
        if times > 1:
            yield f"status.{key}: named {times} times; give each status its own key"
    for status in workflow.statuses:
        for language in (code for code in LANGUAGES if not status.titles.get(code)):
            yield f"status.{status.key}.titles: the title in {language!r} is missing"
