"""What a person may do, and from where they have it (H4)."""

import pytest

from permissions.effective_rights import Consequence, Person, consequences, effective
from permissions.panel_functions import UnknownFunction, check_known

READ, WRITE, PAY = "orders:order:read", "orders:order:create", "orders:order:pay"
KNOWN = (READ, WRITE, PAY)


def held(
    by_department: dict[str, list[str]] | None = None,
    personal: dict[str, bool] | None = None,
    *,
    owner: bool = False,
) -> dict[str, str]:
    return effective(KNOWN, owner=owner, by_department=by_department or {}, personal=personal or {})


def test_whoever_is_in_no_department_holds_nothing() -> None:
    assert held() == {}


def test_an_owner_holds_everything_whatever_is_switched_off() -> None:
    assert held(owner=True) == dict.fromkeys(KNOWN, "owner")
    assert held(personal={PAY: False}, owner=True) == dict.fromkeys(KNOWN, "owner")


def test_departments_add_up() -> None:
    assert held({"desk": [READ, WRITE], "finance": [PAY]}) == {
        READ: "desk",
        WRITE: "desk",
        PAY: "finance",
    }


def test_what_several_departments_give_is_from_the_first_by_name() -> None:
    assert held({"support": [READ], "desk": [READ]}) == {READ: "desk"}
    assert held({"desk": [READ], "support": [READ]}) == {READ: "desk"}


def test_a_personal_switch_on_adds() -> None:
    assert held({"desk": [READ]}, {PAY: True}) == {READ: "desk", PAY: "personal"}


def test_a_personal_switch_off_wins_over_every_department() -> None:
    assert held({"desk": [READ, PAY], "finance": [PAY]}, {PAY: False}) == {READ: "desk"}


def test_what_a_person_has_themselves_is_said_to_be_personal_even_if_their_department_has_it() -> (
    None
):
    assert held({"desk": [READ]}, {READ: True}) == {READ: "personal"}


def test_functions_of_a_plugin_that_is_gone_are_held_by_nobody() -> None:
    gone = "wiki:page:write"
    assert held({"desk": [gone, READ]}, {gone: True}) == {READ: "desk"}
    assert gone not in held({"desk": [gone]}, owner=True)


def test_names_may_come_from_anything_that_can_be_walked_once() -> None:
    assert effective(
        iter(KNOWN), owner=False, by_department={"desk": iter([READ])}, personal={}
    ) == {READ: "desk"}


def test_every_unknown_name_is_told_at_once() -> None:
    check_known([READ, PAY], KNOWN)
    with pytest.raises(UnknownFunction, match="order:pay and orders:order:raed"):
        check_known(["orders:order:raed", READ, "order:pay"], KNOWN)


def test_consequences_name_who_gains_and_who_loses() -> None:
    """Owners hold all, and whose own switch decides keeps what it says: they are not named."""
    people = [
        Person("Maria", departments=frozenset({"desk"})),
        Person("Petar", departments=frozenset({"desk", "finance"})),
        Person("Olga", departments=frozenset({"desk"}), personal={PAY: False}),
        Person("Ada", departments=frozenset({"desk"}), owner=True),
    ]
    before = {"desk": frozenset({WRITE}), "finance": frozenset({PAY})}
    after = {"desk": frozenset({PAY}), "finance": frozenset({PAY})}
    assert consequences(KNOWN, people, before, after) == [
        Consequence(WRITE, gain=[], lose=["Maria", "Petar", "Olga"]),
        Consequence(PAY, gain=["Maria"], lose=[]),
    ]
