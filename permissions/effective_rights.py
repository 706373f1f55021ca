"""What a person may do, and from where they have it (H4).

1. An owner holds every function.
2. A person's departments add up: what one of them has On, they hold.
3. A personal switch, On or Off, wins over the departments.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Whose rights are asked. ``departments``: their keys; ``personal``: their own switches."""

    name: str
    departments: frozenset[str] = frozenset()
    personal: Mapping[str, bool] | None = None
    owner: bool = False


@dataclass(frozen=True)
class Origin:
    """Why a person holds a function, or does not.

    ``own`` is their own switch, None where they have none; ``departments`` those that have it On.
    """

    owner: bool
    own: bool | None
    departments: tuple[str, ...]

    @property
    def held(self) -> bool:
        return self.owner or (bool(self.departments) if self.own is None else self.own)


@dataclass(frozen=True)
class Consequence:
    """Who would hold a function that they don't hold now, and who would no longer; by name."""

    function: str
    gain: Sequence[str]
    lose: Sequence[str]


def effective(
    known: Iterable[str],
    *,
    owner: bool,
    by_department: Mapping[str, Iterable[str]],
    personal: Mapping[str, bool],
) -> dict[str, str]:
    """Functions held → where from: ``"owner"``, ``"personal"`` or the first department's key."""
    if owner:
        return dict.fromkeys(known, "owner")
    held = {
        function: department
        for department in sorted(by_department, reverse=True)
        for function in by_department[department]
    }
    held.update((function, "personal") for function, on in personal.items() if on)
    known = frozenset(known)
    return {
        function: origin
        for function, origin in held.items()
        if function in known and personal.get(function, True)
    }


def origin(
    function: str,
    *,
    owner: bool,
    by_department: Mapping[str, frozenset[str]],
    personal: Mapping[str, bool],
) -> Origin:
    """Where one function comes from; departments in the order of their keys."""
    having = tuple(key for key in sorted(by_department) if function in by_department[key])
    return Origin(owner, personal.get(function), having)


def consequences(
    functions: Iterable[str],
    people: Sequence[Person],
    before: Mapping[str, frozenset[str]],
    after: Mapping[str, frozenset[str]],
) -> Sequence[Consequence]:
    """What departments that go from ``before`` to ``after`` mean for ``people``, by function.

    Functions for which nobody's rights change are left out.
    """
    found = [
        Consequence(
            function,
            gain=[p.name for p in people if _holds(p, function, after, before)],
            lose=[p.name for p in people if _holds(p, function, before, after)],
        )
        for function in functions
    ]
    return [one for one in found if one.gain or one.lose]


def _holds(
    person: Person,
    function: str,
    then: Mapping[str, frozenset[str]],
    not_then: Mapping[str, frozenset[str]],
) -> bool:
    """By departments as they are in ``then``, and not as they are in ``not_then``."""
    if person.owner or function in (person.personal or {}):
        return False
    return _given(person, function, then) and not _given(person, function, not_then)


def _given(person: Person, function: str, departments: Mapping[str, frozenset[str]]) -> bool:
    return any(function in departments.get(key, ()) for key in person.departments)
