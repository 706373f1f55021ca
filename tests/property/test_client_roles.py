"""The roles of a client's users: whatever is installed, nobody there holds more than the owner."""

from hypothesis import given
from hypothesis import strategies as st

from billing_panel.accounts.people.client_roles import (
    ROLE_FUNCTIONS,
    ROLE_MEANINGS,
    ROLE_TITLES,
    ClientRole,
)
from billing_panel.core.plugins import all_functions, load_plugins

KNOWN = frozenset(str(info.name) for info in all_functions(load_plugins()))
roles = st.sampled_from(ClientRole)


@given(roles, st.frozensets(st.sampled_from(sorted(KNOWN))))
def test_no_role_holds_what_the_owner_lacks(role: ClientRole, installed: frozenset[str]) -> None:
    held = ROLE_FUNCTIONS[role] & installed
    assert held <= ROLE_FUNCTIONS[ClientRole.OWNER] & installed


@given(roles)
def test_every_role_may_see_what_a_viewer_sees(role: ClientRole) -> None:
    assert ROLE_FUNCTIONS[ClientRole.VIEWER] <= ROLE_FUNCTIONS[role]


def test_roles_name_functions_that_there_are_and_each_has_its_words() -> None:
    assert frozenset().union(*ROLE_FUNCTIONS.values()) <= KNOWN
    assert set(ROLE_FUNCTIONS) == set(ROLE_TITLES) == set(ROLE_MEANINGS) == set(ClientRole)


def test_only_the_owner_manages_users_only_buyers_order_only_accountants_pay() -> None:
    def who(function: str) -> set[str]:
        return {role.value for role in ClientRole if function in ROLE_FUNCTIONS[role]}

    assert who("clients:user:change") == {"owner"}
    assert who("orders:order:create") == who("orders:cart:change") == {"owner", "buyer"}
    assert who("orders:order:pay") == who("balance:balance:read") == {"owner", "accountant"}
    assert who("balance:statement:export") == {"owner", "accountant"}
    assert who("orders:price:read") == {"owner", "buyer", "accountant", "viewer"}
    assert who("invoices:invoice:print") == {"owner", "accountant"}
    assert who("orders:history:read") == who("clients:client:read") == set(map(str, ClientRole))
