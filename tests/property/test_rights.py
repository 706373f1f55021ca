"""Whatever departments and switches there are, rights come out as H4 says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from permissions.effective_rights import Person, consequences, effective, origin

FUNCTIONS = tuple(f"area:thing:{verb}" for verb in ("read", "write", "pay", "void", "print"))
GONE = ("plugin:gone:read", "plugin:gone:write")

known = st.frozensets(st.sampled_from(FUNCTIONS))
names = st.sampled_from((*FUNCTIONS, *GONE))
departments = st.dictionaries(
    st.sampled_from(("desk", "finance", "support")), st.frozensets(names), max_size=3
)
switches = st.dictionaries(names, st.booleans())


@settings(max_examples=200)
@given(known, departments, switches)
def test_an_owner_holds_everything_there_is_and_nothing_else(
    there: frozenset[str], by_department: dict[str, frozenset[str]], personal: dict[str, bool]
) -> None:
    held = effective(there, owner=True, by_department=by_department, personal=personal)
    assert held == dict.fromkeys(there, "owner")


@settings(max_examples=300)
@given(known, departments, switches)
def test_a_personal_switch_wins_else_the_departments_add_up(
    there: frozenset[str], by_department: dict[str, frozenset[str]], personal: dict[str, bool]
) -> None:
    held = effective(there, owner=False, by_department=by_department, personal=personal)
    for function in there:
        given_by = sorted(key for key, on in by_department.items() if function in on)
        if function in personal:
            expected = "personal" if personal[function] else None
        else:
            expected = given_by[0] if given_by else None
        assert held.get(function) == expected


@settings(max_examples=200)
@given(known, departments, switches)
def test_nobody_holds_what_is_not_there(
    there: frozenset[str], by_department: dict[str, frozenset[str]], personal: dict[str, bool]
) -> None:
    held = effective(there, owner=False, by_department=by_department, personal=personal)
    assert held.keys() <= there


@settings(max_examples=200)
@given(known, departments, st.sampled_from(("desk", "finance", "support")), switches)
def test_joining_a_department_takes_nothing_away(
    there: frozenset[str],
    by_department: dict[str, frozenset[str]],
    joined: str,
    personal: dict[str, bool],
) -> None:
    fewer = {key: on for key, on in by_department.items() if key != joined}
    before = effective(there, owner=False, by_department=fewer, personal=personal)
    after = effective(there, owner=False, by_department=by_department, personal=personal)
    assert before.keys() <= after.keys()


@settings(max_examples=300)
@given(known, departments, switches, st.booleans())
def test_where_a_function_comes_from_agrees_with_what_is_held(
    there: frozenset[str],
    by_department: dict[str, frozenset[str]],
    personal: dict[str, bool],
    owner: bool,  # noqa: FBT001 (hypothesis gives it)
) -> None:
    held = effective(there, owner=owner, by_department=by_department, personal=personal)
    for function in there:
        found = origin(function, owner=owner, by_department=by_department, personal=personal)
        assert found.held == (function in held)


people = st.lists(
    st.builds(
        Person,
        name=st.uuids().map(str),
        departments=st.frozensets(st.sampled_from(("desk", "finance", "support"))),
        personal=switches,
        owner=st.booleans(),
    ),
    max_size=4,
)


@settings(max_examples=300)
@given(people, departments, departments)
def test_the_consequences_told_are_what_happens_to_each_person(
    staff: list[Person], before: dict[str, frozenset[str]], after: dict[str, frozenset[str]]
) -> None:
    told = {one.function: one for one in consequences(FUNCTIONS, staff, before, after)}
    for function in FUNCTIONS:
        one = told.get(function)
        for person in staff:
            then, now = holds(person, after, function), holds(person, before, function)
            assert (person.name in (one.gain if one else ())) is (then and not now)
            assert (person.name in (one.lose if one else ())) is (now and not then)


def holds(person: Person, departments: dict[str, frozenset[str]], function: str) -> bool:
    own = {key: on for key, on in departments.items() if key in person.departments}
    held = effective(
        FUNCTIONS, owner=person.owner, by_department=own, personal=person.personal or {}
    )
    return function in held
