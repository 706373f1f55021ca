"""The routes of the API by which an owner sets the panel up, as ``tests.http.changes`` has others.

``SETUP_BODIES``: what each takes, so that it is the address that is refused (foreign walk).
"""

from collections.abc import Mapping
from typing import Any

from tests.http.changes import API, REASON, Change

STAFF = f"{API}/staff/<address>"
MAIL = f"{API}/providers/<key>/mail"
LETTER = f"{MAIL}/templates/<letter_kind>/<lang>"
WORDS = {"subject": "Otherwise, {{ name }}", "text": "Hello {{ name }}"}
TEMPLATE = f"{API}/answer-templates/<bigid:template_id>"
WORKFLOW = f"{API}/providers/<key>/workflow"
STATUSES = f"{WORKFLOW}/statuses"
STATUS = f"{STATUSES}/<status_key>"
PRINT = "invoices:invoice:print"
COLLEAGUE = {"address": "new.colleague"}

OF_SETUP = (
    Change(
        f"POST {API}/staff",
        ["staff:member:change"],
        {"login": "newer", "name": "Newer", "providers": ["nordvik"]},
    ),
    Change(f"PATCH {STAFF}", ["staff:member:change"], {"name": "Otherwise"}, to=COLLEAGUE),
    Change(f"POST {STAFF}/sign-in-link", ["staff:member:change"], to=COLLEAGUE),
    Change(f"DELETE {STAFF}/second-factor", ["staff:member:change"], to=COLLEAGUE),
    Change(
        f"POST {API}/roles",
        ["rights:department:change"],
        {"key": "more", "titles": {"en": "More"}},
    ),
    Change(
        f"PATCH {API}/roles/<address>",
        ["rights:department:change"],
        {"titles": {"en": "Otherwise"}},
        to={"address": "nobodys"},
    ),
    Change(f"PATCH {MAIL}", ["mail:template:change"], {"name": "Writers"}),
    Change(f"PUT {LETTER}", ["mail:template:change"], WORDS),
    Change(f"DELETE {LETTER}", ["mail:template:change"]),
    Change(f"POST {LETTER}/test", ["mail:template:change"], WORDS),
    Change(f"POST {API}/outbox/<bigid:letter_id>/send", ["mail:letter:send"]),
    Change(
        f"POST {API}/answer-templates",
        ["messages:template:change"],
        {"provider": "nordvik", "title": "New", "text_en": "Hello"},
    ),
    Change(f"PATCH {TEMPLATE}", ["messages:template:change"], {"title": "Otherwise"}),
    Change(f"DELETE {TEMPLATE}", ["messages:template:change"]),
    Change(f"PATCH {STATUSES}", ["orders:status_list:change"], {"order": ["paid"]}),
    Change(f"POST {STATUSES}", ["orders:status_list:change"], {"titles": {"en": "More"}}),
    Change(
        f"PATCH {STATUS}",
        ["orders:status_list:change"],
        {"titles": {"en": "Otherwise"}},
        to={"status_key": "idle"},
    ),
    Change(
        f"PATCH {STATUS}",
        ["orders:status_list:change", "orders:transition:change"],
        {"sources": ["suspended", "paid"]},
        to={"status_key": "own"},
    ),
    Change(f"DELETE {STATUS}", ["orders:status_list:change"], to={"status_key": "idle"}),
    Change(
        f"POST {STATUS}/give",
        ["orders:status_list:change", "orders:status:change"],
        {"instead": "own", **REASON},
        to={"status_key": "used"},
    ),
    Change(
        f"PUT {WORKFLOW}/set-by-hand",
        ["orders:transition:change"],
        {"cells": [{"from": key, "to": "own"} for key in ("suspended", "used", "paid")]},
    ),
    Change(f"POST {WORKFLOW}/older-orders", ["orders:transition:change"]),
    Change(f"POST {API}/orders/bills", [PRINT], lambda _owner, places: {"orders": places["debts"]}),
)

SETUP_BODIES: Mapping[str, dict[str, Any]] = {
    f"{LETTER}": WORDS,
    f"{LETTER}/preview": WORDS,
    f"{LETTER}/test": WORDS,
    f"{WORKFLOW}": {"workflow": "hosting"},
    f"{WORKFLOW}/set-by-hand": {"cells": []},
    f"{WORKFLOW}/set-by-hand/preview": {"cells": []},
    f"POST {STATUSES}": {"titles": {"en": "-"}},
    f"{STATUS}/give": {"instead": "own", **REASON},
    f"{API}/orders/views/<bigid:view_id>": {"name": "-"},
}

# of whoever's token it is (test_api_own_account)
OWN_SETUP = frozenset(
    {
        f"DELETE {API}/account/sessions",
        f"DELETE {API}/account/sessions/<bigid:session_id>",
        f"DELETE {API}/account/tokens/<bigid:token_id>",
        f"PATCH {API}/account/notices",
        # how somebody looks at lists of orders (test_api_desk)
        f"POST {API}/orders/views",
        f"PATCH {API}/orders/views/<bigid:view_id>",
        f"DELETE {API}/orders/views/<bigid:view_id>",
        f"PUT {API}/orders/columns",
        # nothing is written
        f"POST {LETTER}/preview",
        f"POST {WORKFLOW}/set-by-hand/preview",
        # a provider that has no workflow yet (test_api_shape_workflow)
        f"POST {WORKFLOW}",
    }
)
