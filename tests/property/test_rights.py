"""Whatever departments and switches there are, rights come out as H4 says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from permissions.matrix import effective

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
