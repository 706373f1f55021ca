"""What a person may do, and from where he has it (H4).

1. An owner holds every function.
2. A person's departments add up: what one of them has On, he holds.
3. A personal switch, On or Off, wins over the departments.
"""

from collections.abc import Iterable, Mapping


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
