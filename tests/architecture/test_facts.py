"""Facts that not everybody may know are read through what has asked (``fact_visibility``)."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ORDERS = ROOT / "plugins" / "orders"
# what of orders decides, and shows nothing
DECIDING = {
    ORDERS / "checkout" / "load_client_facts.py",
    ORDERS / "lifecycle" / "cover_debts.py",
    ORDERS / "settlement" / "ledger" / "order_postings.py",
    ORDERS / "settlement" / "ledger" / "refund_ledger.py",
    ORDERS / "settlement" / "proforma.py",
    ORDERS / "top_ups" / "handle_top_up_message.py",
}
# what shows: pages, answers, files
SHOWING = (
    *(ROOT / "billing_panel" / "web").rglob("*.py"),
    *(ROOT / "billing_panel" / "api").rglob("*.py"),
    *(ROOT / "billing_panel" / "audit").rglob("*.py"),
    *(ROOT / "invoices").rglob("*.py"),
    *(path for path in ORDERS.rglob("*.py") if path not in DECIDING),
    *(ROOT / "templates").rglob("*.html"),
    *(ROOT / "plugins").rglob("*.html"),
)
# a row or a rule's facts, where what a person may see of them is meant
RAW = (
    re.compile(r"[^_]standing\("),
    re.compile(r"import [^\n]*\bstanding\b"),
    re.compile(r"membership\.(credit_limit|blocked_reason|group)"),
    re.compile(r"facts\.(debt|credit_limit|blocked_reason|group\b)"),
)


def test_what_shows_takes_terms_and_standings_as_their_reader_sees_them() -> None:
    assert len(SHOWING) > 100
    assert all(path.exists() for path in DECIDING)
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in SHOWING
        for line in path.read_text().splitlines()
        for pattern in RAW
        if pattern.search(line)
    ]
    assert found == []
