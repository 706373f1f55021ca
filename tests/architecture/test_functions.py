"""No dead switch: every function of the matrix is asked for, or says that its part is to come."""

import re
from enum import StrEnum
from pathlib import Path

from invoices.functions import InvoicesFunction
from permissions.panel_functions import PanelFunction
from plugins.finance.functions import FinanceFunction
from plugins.messages.functions import MessagesFunction
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.versions.workflow_store import shipped_keys
from plugins.webhooks.functions import WebhooksFunction
from tests.http.engines import ON_SQLITE
from tests.workflows import shipped
from tests.world import World

pytestmark = ON_SQLITE
ROOT = Path(__file__).parents[2]
CODE = ("billing_panel", "invoices", "permissions", "plugins")
# where functions are named and not asked for
NAMING = {"functions.py", "panel_functions.py", "client_roles.py"}
ENUMS: tuple[type[StrEnum], ...] = (
    PanelFunction,
    OrdersFunction,
    InvoicesFunction,
    FinanceFunction,
    MessagesFunction,
    WebhooksFunction,
)

# Annulling a document apart from its order is not built yet.
AHEAD = {"invoices:invoice:void"}


def asked_in_code() -> set[str]:
    """Every member that some module names, but for the modules that declare or hand them out."""
    sources = (path for part in CODE for path in (ROOT / part).rglob("*.py"))
    code = "\n".join(path.read_text() for path in sources if path.name not in NAMING)
    named = set(re.findall(r"\b(\w+Function\.[A-Z_]+)\b", code))
    return {str(one) for enum in ENUMS for one in enum if f"{enum.__name__}.{one.name}" in named}


def asked_by_workflows() -> set[str]:
    """Those that staff need one of, for a step of a workflow that ships."""
    steps = (step for key in shipped_keys() for step in shipped(key).steps)
    return {permit.function for step in steps for permit in step.by if permit.function}


def test_every_function_is_asked_for_somewhere_or_is_ahead(world: World) -> None:
    asked = asked_in_code() | asked_by_workflows()
    assert world.panel.known - asked == AHEAD


def test_a_function_that_is_ahead_says_so_and_no_other(world: World) -> None:
    ahead = {str(info.name) for info in world.panel.functions if info.is_ahead}
    assert ahead == AHEAD


def test_every_member_is_in_the_matrix(world: World) -> None:
    assert {str(member) for enum in ENUMS for member in enum} == world.panel.known
