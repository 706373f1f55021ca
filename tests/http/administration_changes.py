"""Rows of ``tests.http.changes`` for the API of what administration's pages do."""

from billing_panel.api.administration.provider_bodies import PICTURE
from tests.http.changes import API, CLIENT, MANAGERS, NEW_CLIENT, REASON, Change, any_of

USER = f"{CLIENT}/users/<bigid:user_id>"
TERMS = f"{CLIENT}/providers/<key>"
INVITES = any_of("clients:client:invite", "clients:user:change")
GROUPS = f"{API}/client-groups"
PROVIDER = f"{API}/providers/<key>"

NEW_PROVIDER = {
    "key": "third",
    "name": "Third",
    "legal_name": "Third OOD",
    "country": "BG",
    "vat_number": "BG204512345",
    "address": "1 Main St",
    "city": "Sofia",
    "currency": "EUR",
}
ONE_PICTURE = f"{PROVIDER}/pictures/<picture>"
NEW_TARIFF = {
    "key": "more",
    "titles": {"en": "More"},
    "kind": "service",
    "category": "all",
    "tax_class": "standard",
    "prices": [{"months": 1, "amount": "5"}],
}

OF_ADMINISTRATION = (
    Change(f"POST {API}/providers", ["providers:provider:create"], NEW_PROVIDER),
    Change(f"PATCH {PROVIDER}", ["providers:provider:change"], {"phone": "+359 2 000"}),
    Change(
        f"PUT {PROVIDER}/pictures/<picture>", ["providers:provider:change"], {"picture": PICTURE}
    ),
    Change(f"DELETE {PROVIDER}/pictures/<picture>", ["providers:provider:change"]),
    Change(f"POST {PROVIDER}/tariffs", ["catalog:tariff:change"], NEW_TARIFF),
    Change(f"PATCH {PROVIDER}/tariffs/<tariff>", ["catalog:tariff:change"], {"category": "others"}),
    Change(
        f"PATCH {PROVIDER}/tariffs/<tariff>",
        ["catalog:tariff:change", "catalog:stock:change"],
        {"counted": True},
        of_field=True,
    ),
    Change(
        f"POST {PROVIDER}/tariffs/<tariff>/stock",
        ["catalog:stock:change"],
        {"by": 1, **REASON},
        to={"tariff": "counted"},
    ),
    Change(
        f"PUT {PROVIDER}/categories",
        ["catalog:tariff:change"],
        {"categories": [{"name": "all", "titles": {"en": "All"}}]},
    ),
    Change(f"POST {API}/clients", ["clients:client:create"], {**NEW_CLIENT, "provider": "nordvik"}),
    Change(f"PATCH {CLIENT}", ["clients:client:change"], {"phone": "+359 2 000"}),
    Change(f"POST {CLIENT}/providers", ["clients:client:create"], {"provider": "second"}),
    Change(f"PATCH {TERMS}", ["clients:credit_limit:change"], {"credit_limit": "77"}),
    Change(f"PATCH {TERMS}", ["clients:group:assign"], {"group": "vip"}),
    Change(f"PATCH {TERMS}", ["clients:client:block"], {"blocked_reason": "because"}),
    Change(f"PATCH {TERMS}", ["clients:client:change"], {"invoice_time": "monthly"}),
    Change(f"POST {CLIENT}/sign-in-link", ["clients:client:invite"]),
    Change(f"POST {CLIENT}/users", [INVITES], {"login": "new.user"}, MANAGERS),
    Change(
        f"PATCH {USER}",
        [any_of("clients:client:change", "clients:user:change")],
        {"role": "buyer"},
        MANAGERS,
        to={"user_id": "viewer_id"},
    ),
    Change(f"POST {USER}/sign-in-link", [INVITES], {}, MANAGERS, to={"user_id": "viewer_id"}),
    Change(f"POST {CLIENT}/export", ["clients:client:export"]),
    Change(f"POST {CLIENT}/erasure", ["clients:client:erase"], to={"client_id": "forgotten_id"}),
    Change(
        f"POST {GROUPS}",
        ["clients:group:change"],
        {"key": "more", "titles": {"en": "More"}},
        owners_alone=True,
    ),
    Change(
        f"PATCH {GROUPS}/<group>",
        ["clients:group:change"],
        {"discount_percent": "7"},
        owners_alone=True,
    ),
    Change(
        f"POST {API}/promo-codes",
        ["catalog:promo:change"],
        {"provider": "nordvik", "code": "SPRING", "percent": "5"},
    ),
    Change(f"PATCH {API}/promo-codes/<bigid:promo_id>", ["catalog:promo:change"], {"max_uses": 7}),
    Change(
        f"POST {CLIENT}/entries/<bigid:entry_id>/reverse",
        ["balance:balance:debit"],
        REASON,
        to={"entry_id": "credit_id"},
    ),
    Change(
        f"POST {CLIENT}/entries/<bigid:entry_id>/reverse",
        ["balance:balance:credit"],
        REASON,
        to={"entry_id": "debit_id"},
    ),
)
