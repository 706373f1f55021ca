"""Who is told at once of the panel's own events: everyone who may open a page about them."""

from collections.abc import Mapping

from billing_panel.kernel.extension.hooks import Sight
from permissions.panel_functions import PanelFunction

# of a plugin by its name: a client's orders stand on a page with the client's name and terms
HISTORY = "orders:history:read"

# the audit log alone shows them
LOG_ALONE = Sight()
ACCOUNT = Sight(themselves=True)
CLIENTS = Sight((PanelFunction.CLIENT_READ, HISTORY), clients=True)
CLIENT_USERS = Sight(
    (PanelFunction.CLIENT_USERS_CHANGE, PanelFunction.CLIENT_INVITE, PanelFunction.CLIENT_CHANGE),
    clients=True,
)
DEPARTMENTS = Sight((PanelFunction.RIGHTS_READ, PanelFunction.RIGHTS_CHANGE))
GROUPS = Sight((PanelFunction.GROUP_CHANGE,))
METHODS = Sight((PanelFunction.METHOD_SWITCH,))
PROVIDERS = Sight((PanelFunction.PROVIDER_CHANGE, PanelFunction.PROVIDER_CREATE))
# in the list of staff, and in what the page of rights tells of who changed them
STAFF = Sight((PanelFunction.STAFF_READ, PanelFunction.STAFF_CHANGE, *DEPARTMENTS.functions))
RIGHTS = Sight((*STAFF.functions, PanelFunction.MEMBER_RIGHTS_CHANGE))
TARIFFS = Sight(
    (PanelFunction.TARIFF_READ, PanelFunction.TARIFF_CHANGE, PanelFunction.STOCK_CHANGE)
)

SIGHTS: Mapping[str, Sight] = {
    "address.changed": ACCOUNT,
    "client.created": Sight((PanelFunction.CLIENT_READ,)),
    "client.changed": CLIENTS,
    "client.joined": CLIENTS,
    "client.terms_changed": CLIENTS,
    "client.vat_checked": Sight((PanelFunction.CLIENT_READ,)),
    "client.invited": LOG_ALONE,
    "client.exported": LOG_ALONE,
    "client.erased": CLIENTS,
    "client.user_created": CLIENT_USERS,
    "client.user_changed": CLIENT_USERS,
    "client.user_invited": LOG_ALONE,
    "client_group.created": GROUPS,
    "client_group.changed": GROUPS,
    "demo.loaded": LOG_ALONE,
    "department.created": DEPARTMENTS,
    "department.changed": DEPARTMENTS,
    "department.functions_changed": DEPARTMENTS,
    "provider.created": PROVIDERS,
    "provider.changed": PROVIDERS,
    "provider.method_off": METHODS,
    "provider.method_on": METHODS,
    "provider.categories_changed": Sight((PanelFunction.TARIFF_CHANGE,)),
    "identity.bound": ACCOUNT,
    "identity.unbound": ACCOUNT,
    "password.changed": ACCOUNT,
    "recovery_codes.made": ACCOUNT,
    "rights.seen_as": DEPARTMENTS,
    "rights.seen_enough": DEPARTMENTS,
    "second_factor.removed": ACCOUNT,
    "second_factor.set": ACCOUNT,
    "sessions.ended": ACCOUNT,
    "sign_in.refused": LOG_ALONE,
    "staff.created": STAFF,
    "staff.changed": STAFF,
    "staff.functions_changed": RIGHTS,
    "staff.invited": LOG_ALONE,
    "tariff.created": TARIFFS,
    "tariff.changed": TARIFFS,
    "tariff.stock_changed": TARIFFS,
    "token.made": ACCOUNT,
    "token.revoked": ACCOUNT,
    "user.signed_in": ACCOUNT,
    "user.signed_out": ACCOUNT,
}
