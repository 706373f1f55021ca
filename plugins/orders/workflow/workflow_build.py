"""A workflow from its file, or everything that is wrong with the file. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from billing_panel.kernel.language.text import Text, Titles
from billing_panel.kernel.values.actor import ActorKind
from plugins.orders.workflow.duration import parse_duration
from plugins.orders.workflow.file.single_transitions import Move, instead_of, moves
from plugins.orders.workflow.file.workflow_file import (
    EntryRow,
    WorkflowFile,
    WorkflowMistakes,
    draft,
    toml,
)
from plugins.orders.workflow.order_facts import DEADLINE
from plugins.orders.workflow.requirements import TAKEN_BACK, Asked
from plugins.orders.workflow.review.workflow_mistakes import mistakes
from plugins.orders.workflow.statuses.status import Status
from plugins.orders.workflow.vocabulary import DELIVERS, TAKES_BACK, EffectInfo, Vocabulary
from plugins.orders.workflow.workflow import Deadline, Entry, Leg, Permit, Step, Workflow


def parse(source: str, vocabulary: Vocabulary) -> Workflow:
    """``source`` is TOML. Raises WorkflowMistakes with all of them, each with its line."""
    try:
        return build(toml(source), vocabulary)
    except WorkflowMistakes as refusal:
        raise WorkflowMistakes(refusal.reasons, source) from None


def build(written: Mapping[str, Any] | WorkflowFile, vocabulary: Vocabulary) -> Workflow:
    """``written``: a file that was read, or its content as JSON. Raises WorkflowMistakes."""
    read = draft(
        written.model_dump(mode="json", by_alias=True, exclude_none=True)
        if isinstance(written, WorkflowFile)
        else written
    )
    if found := mistakes(read, vocabulary):
        raise WorkflowMistakes(found)
    return _Builder(read.file, vocabulary).workflow()


def rebuild(file: WorkflowFile, vocabulary: Vocabulary) -> Workflow:
    """``file`` was judged before its list of statuses became another (``as_listed``)."""
    return _Builder(file, vocabulary).workflow()


class _Builder:
    """``file`` is known to be right."""

    def __init__(self, file: WorkflowFile, vocabulary: Vocabulary) -> None:
        self.file = file
        self.vocabulary = vocabulary
        self.moves = moves(file)
        self.statuses = {status.key: status for status in file.status}
        self.deadlines = {
            move.source: self._deadline(move) for move in self.moves if move.action == DEADLINE
        }

    def workflow(self) -> Workflow:
        entries = tuple(self._entry(row) for row in self.file.entry)
        steps = tuple(self._step(move) for move in self.moves)
        return Workflow(
            key=self.file.key,
            titles=self.file.titles,
            statuses=self.file.status,
            entries=entries,
            steps=steps,
            actions=self._actions(),
            effects=self._known_effects((*entries, *steps)),
            delivering=self._delivering(),
            line_statuses=self.file.line_status,
            split_by_availability=self.file.split_by_availability,
            method_when_paid=self.file.method_when_paid,
            details_titles=self.file.details_titles,
            aside=self.vocabulary.aside,
        )

    def _actions(self) -> Mapping[str, Text | Titles]:
        own = {row.key: Titles(row.titles) for row in self.file.action}
        named = dict.fromkeys(move.action for move in self.moves)
        return {key: own.get(key) or self.vocabulary.actions[key] for key in named}

    def _delivering(self) -> Mapping[str, tuple[Asked, ...]]:
        return {
            status.key: self._asked(status.delivers_when)
            for status in self.file.status
            if status.is_delivered_in
        }

    def _known_effects(self, rows: Sequence[Entry | Step]) -> Mapping[str, EffectInfo]:
        """In the order of the vocabulary."""
        named = {name for row in rows for name in row.effects}
        return {k: info for k, info in self.vocabulary.effects.items() if k in named}

    def _entry(self, row: EntryRow) -> Entry:
        status = self.statuses[instead_of(self.file).get(row.status, row.status)]
        return Entry(
            status=status,
            effects=_once(row.effects, status.on_entering),
            when=self._asked(row.when),
            deadline=self.deadlines.get(status.key),
        )

    def _step(self, move: Move) -> Step:
        stays = move.target == move.source
        effects = _once(*(self._effects(part) for part in _parts(move)))
        return Step(
            source=self.statuses[move.source],
            target=self._target(move),
            action=move.action,
            by=self._by(move, effects),
            requires=self._asked(self._requires(move)),
            asks=self._asked(name for part in _parts(move) for name in part.row.asks),
            when=self._asked(sorted(move.when)),
            effects=effects,
            through=self._target(move.legs[0]) if move.legs else None,
            legs=tuple(Leg(leg.action, self._by(leg, self._effects(leg))) for leg in move.legs),
            after=self.deadlines[move.source] if move.action == DEADLINE else None,
            deadline=None if stays else self.deadlines.get(move.target or ""),
        )

    def _effects(self, move: Move) -> tuple[str, ...]:
        if move.legs or move.target == move.source:
            return move.row.effects
        return (*move.row.effects, *self._target(move).on_entering)

    def _requires(self, move: Move) -> Iterator[str]:
        """What its rows ask, and what effects ask of themselves."""
        for part in _parts(move):
            yield from part.row.requires
            if DELIVERS in part.row.effects:
                yield from self.statuses[part.begins].delivers_when
            if TAKES_BACK in part.row.effects:
                yield TAKEN_BACK

    def _target(self, move: Move) -> Status:
        return self.statuses[move.target or ""]

    def _deadline(self, move: Move) -> Deadline:
        written = move.row.after or ""
        return Deadline(parse_duration(written), written, self._target(move))

    def _by(self, move: Move, effects: Iterable[str]) -> tuple[Permit, ...]:
        each = (p for who in move.by for p in self._permits(who, move.action, effects))
        return tuple(dict.fromkeys(each))

    def _permits(self, who: str, action: str, effects: Iterable[str]) -> Iterator[Permit]:
        """Staff of whom nothing special is asked may hold the function of this action alone.

        Where money is taken, one of the functions for it stands for each: rows written before they
        were two go on meaning both.
        """
        known = self.vocabulary
        kind, _, function = who.partition(":")
        taking = {f for n in effects if known.effects[n].pays for f in known.effects[n].functions}
        match ActorKind(kind):
            case ActorKind.STAFF if function in taking:
                yield from (Permit(ActorKind.STAFF, one) for one in (function, *sorted(taking)))
            case ActorKind.STAFF:
                yield Permit(ActorKind.STAFF, function or known.staff_function)
                if not function and action in known.action_functions:
                    yield Permit(ActorKind.STAFF, known.action_functions[action])
            case ActorKind.CLIENT:
                pays = any(known.effects[name].pays for name in effects)
                own = known.paying_function if pays else known.client_function
                yield Permit(ActorKind.CLIENT, own)
            case ActorKind.SYSTEM:
                yield Permit(ActorKind.SYSTEM)

    def _asked(self, written: Iterable[str]) -> tuple[Asked, ...]:
        return tuple(read_asked(asked, self.vocabulary) for asked in dict.fromkeys(written))


def _parts(move: Move) -> Sequence[Move]:
    """The legs in their order, and last what the row itself adds."""
    return (*move.legs, move)


def _once(*effects: Sequence[str]) -> tuple[str, ...]:
    """Each effect runs once in a step, where it is named first."""
    return tuple(dict.fromkeys(name for part in effects for name in part))


def read_asked(written: str, vocabulary: Vocabulary) -> Asked:
    """``paid:30%`` with what it names. Raises KeyError."""
    name, _, argument = written.partition(":")
    return Asked(written, name, argument, vocabulary.requirements[name])
