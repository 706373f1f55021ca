"""What a client's users may do on its behalf: four small roles, as data."""

from collections.abc import Mapping
from enum import StrEnum

from billing_panel.kernel.language.text import Text, text
from permissions.panel_functions import PanelFunction


class ClientRole(StrEnum):
    """How far a user may act for their client: in all, buying, paying, or only looking."""

    OWNER = "owner"
    BUYER = "buyer"
    ACCOUNTANT = "accountant"
    VIEWER = "viewer"


ROLE_TITLES: Mapping[ClientRole, Text] = {
    ClientRole.OWNER: text("Owner"),
    ClientRole.BUYER: text("Purchaser"),
    ClientRole.ACCOUNTANT: text("Accountant"),
    ClientRole.VIEWER: text("Viewer"),
}
ROLE_MEANINGS: Mapping[ClientRole, Text] = {
    ClientRole.OWNER: text("Does all of this, and manages the other users."),
    ClientRole.BUYER: text(
        "Sees orders, fills the cart, places orders, makes decisions on them, writes messages."
    ),
    ClientRole.ACCOUNTANT: text(
        "Sees orders, balance and invoices; prints and pays them; writes messages."
    ),
    ClientRole.VIEWER: text(
        "Sees orders, messages and the client’s details; can’t change anything."
    ),
}

# functions of plugins stand here by their names; those that are not installed give nothing
VIEWING = frozenset(
    {
        PanelFunction.CLIENT_READ.value,
        "messages:message:read",
        "orders:history:read",
        "orders:order:read",
        "orders:price:read",
    }
)
BUYING = VIEWING | {
    "messages:message:write",
    "orders:cart:change",
    "orders:cart:checkout",
    "orders:cart:read",
    "orders:order:create",
}
ACCOUNTING = VIEWING | {
    PanelFunction.BALANCE_READ.value,
    PanelFunction.STATEMENT_EXPORT.value,
    "invoices:invoice:print",
    "invoices:invoice:read",
    "messages:message:write",
    "orders:order:pay",
}
ROLE_FUNCTIONS: Mapping[ClientRole, frozenset[str]] = {
    ClientRole.OWNER: BUYING | ACCOUNTING | {PanelFunction.CLIENT_USERS_CHANGE.value},
    ClientRole.BUYER: BUYING,
    ClientRole.ACCOUNTANT: ACCOUNTING,
    ClientRole.VIEWER: VIEWING,
}
