"""The migrations make exactly the tables the models describe, and the panel insists on them."""

import ast
import json
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from billing_panel.audit.extend_hash_chain import seal_events
from billing_panel.audit.verify_chain import verify
from billing_panel.core.plugins import load_plugins
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.language.errors import InstallationError
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.tables.find_search_entries import Sought, asked, entries
from billing_panel.kernel.tables.search_entries import SearchEntry, client_mark, entry
from billing_panel.migrations.revisions import NotMigrated, check_migrated
from billing_panel.migrations.schema import is_described, metadata
from billing_panel.migrations.upgrade import alembic_config, upgrade
from plugins.orders.migrations.orders_0013_as_listed import with_ways_of_today
from plugins.orders.store.versions.workflow_store import shipped_file
from plugins.orders.workflow.workflow_build import build
from tests.architecture.test_grants import PROVIDER
from tests.workflows import vocabulary

pytestmark = pytest.mark.slow


def test_a_migrated_database_is_what_the_models_describe(empty_url: str) -> None:
    database = Database(empty_url)
    upgrade(database)
    with database.engine.connect() as connection:
        opts = {"include_object": is_described}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata()) == []
    database.close()


def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    database = Database(empty_url)
    upgrade(database)
    upgrade(database)
    check_migrated(database, load_plugins())
    database.close()


def test_an_empty_database_is_refused_with_the_command_to_run(empty_url: str) -> None:
    database = Database(empty_url)
    with pytest.raises(NotMigrated, match="billing-panel init"):
        check_migrated(database, load_plugins())
    database.close()


def test_words_in_old_events_can_be_erased_and_are_proven(empty_url: str) -> None:
    database = Database(empty_url)
    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "panel_0002")
        for kind, facts in (
            ("order.moved", {"to": "lost", "fields": {"reason": "преместил се"}}),
            ("client.terms_changed", {"changes": {"blocked_reason": [None, "owes"]}}),
            ("tariff.changed", {"changes": {"key": ["a", "b"]}}),
        ):
            connection.execute(
                text(
                    "INSERT INTO event (at, kind, actor_kind, subject_kind, subject_id, facts)"
                    " VALUES ('2026-11-22', :kind, 'system', 'test', 1, :facts)"
                ),
                {"kind": kind, "facts": json.dumps(facts)},
            )
    upgrade(database)
    seal_events(database)
    with database.reading() as session:
        assert verify(session).sealed == 3
        moved, terms, tariff = session.scalars(select(Event).order_by(Event.id))
        assert moved.facts == {"to": "lost"}
        assert moved.told["fields"] == {"reason": "преместил се"}
        assert terms.facts == {"changes": {"blocked": [False, True]}}
        assert terms.told["blocked_reason"] == [None, "owes"]
        assert (tariff.personal, tariff.facts["changes"]) == (None, {"key": ["a", "b"]})
    database.close()


def test_r12_a1_the_log_says_whose_hands_an_account_was_in_and_digits_are_named(
    empty_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    database = Database(empty_url)
    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "panel_0010")
        for number, login in ((1, "chief"), (2, "7"), (3, "alone")):
            values = {"id": number, "login": login}
            connection.execute(
                text("INSERT INTO user_account (id, login, language) VALUES (:id, :login, 'en')"),
                values,
            )
            connection.execute(
                text(
                    "INSERT INTO staff (id, user_id, name, owner)"
                    " VALUES (:id + 10, :id, 'x', false)"
                ),
                values,
            )
        for kind, by, noun, subject in (
            ("staff.created", 1, "staff", 12),
            ("second_factor.removed", 1, "user", 2),
            ("second_factor.removed", 3, "user", 3),
            ("staff.created", None, "staff", 13),
            ("staff.changed", 1, "staff", 13),
        ):
            connection.execute(
                text(
                    "INSERT INTO event (at, kind, actor_kind, user_id, subject_kind, subject_id,"
                    " facts) VALUES ('2026-11-22', :kind, 'staff', :by, :noun, :subject, '{}')"
                ),
                {"kind": kind, "by": by, "noun": noun, "subject": subject},
            )
        command.upgrade(config, "heads")
        hands = connection.execute(text("SELECT user_id, by_id, kind FROM account_hand"))
        assert sorted(map(tuple, hands)) == [(2, 1, "created"), (2, 1, "factor")]
        logins = connection.execute(text("SELECT login FROM user_account ORDER BY id"))
        assert [row.login for row in logins] == ["chief", "7", "alone"]
    told = capsys.readouterr().err
    assert "entered or helped by a colleague: 1." in told
    assert "user_account 2: its login “7” has digits alone" in told
    database.close()


def test_a_stored_number_never_changes_its_meaning(empty_url: str) -> None:
    """Babel 2.19 writes the forint without decimals, ISO 4217 has two."""
    database = Database(empty_url)
    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "panel_0016")
        connection.execute(text(PROVIDER.replace("'EUR'", "'IQD'")))
    with pytest.raises(InstallationError, match="IQD"):
        upgrade(database)
    database.close()


def test_e9_and_e3_documents_of_before_have_their_places_and_digests(
    empty_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers of the format of today, of a format of before, and one that tells nothing."""
    database = Database(empty_url)
    config = alembic_config()
    numbers = ("PF-2026-000001", "PF-2026-000002", "OLD/2026/7", "without", "12")
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "panel_0017")
        connection.execute(text(PROVIDER.replace("'P', 'F'", "'PF-{year}-{number:06}', 'F'")))
        connection.execute(text(CLIENT))
        for number in numbers:
            connection.execute(text(DOCUMENT), {"number": number})
        connection.execute(text(PRINTED), {"pdf": b"a page"})
        command.upgrade(config, "heads")
        places = connection.execute(text("SELECT series, year, n FROM document ORDER BY id")).all()
        assert [*map(tuple, places)] == [
            *(("proforma", 2026, 1), ("proforma", 2026, 2), ("proforma", 2026, 7)),
            *(("proforma", 0, 13), ("proforma", 0, 12)),
        ]
        kinds = connection.scalars(text("SELECT kind FROM event ORDER BY id")).all()
        assert kinds == [*["document.sealed"] * 5, "document.sealed_file"]
    assert "document 4: its number “without” does not tell" in capsys.readouterr().err
    database.close()


@pytest.mark.parametrize("number", ["17", "2026000000000017"])
def test_entries_of_before_are_found_by_the_index_of_their_kind(
    empty_url: str, number: str
) -> None:
    database, config = Database(empty_url), alembic_config()
    said = entry("order", 5, number, "cloud", providers=[1], client=3)
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "panel_0040")
        written = {"id": said.id, "words": said.words}
        connection.execute(text(ENTRY), written)
    upgrade(database)
    with database.reading() as session:
        assert session.scalars(select(SearchEntry.words)).all() == [said.words]
        for query, ids in ((number, [5]), (f"clou {number}", [5]), ("7", []), ("26000", [])):
            sought = Sought("order", [asked(query)], [client_mark(3)])
            found = entries(session, sought)
            rows = select(found.subject).select_from(found.rows).where(found.condition)
            assert session.scalars(rows).all() == ids, query
    database.close()


ENTRY = "INSERT INTO search_entry (id, kind, subject_id, words) VALUES (:id, 'order', 5, :words)"


def test_the_reference_rate_that_was_entered_becomes_one_of_many(empty_url: str) -> None:
    """Where no law was chosen, it is of the one that the seller may claim by."""
    database, config = Database(empty_url), alembic_config()
    russian = PROVIDER.replace("(1, 'shop'", "(2, 'other'").replace("'BG'", "'RU'")
    without = PROVIDER.replace("(1, 'shop'", "(3, 'third'")
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "panel_0017")
        for provider in (PROVIDER, russian, without):
            connection.execute(text(provider))
        command.upgrade(config, "finance_0002")
        for number, law, rate in ((1, "eu", 21500), (2, "none", 155000), (3, "eu", None)):
            since = "2026-07-01" if rate else None
            connection.execute(
                text(RULES), {"number": number, "law": law, "rate": rate, "later": since}
            )
        command.upgrade(config, "heads")
        found = connection.execute(
            text("SELECT provider_id, law, CAST(since AS text), percent FROM reference_rate")
        )
        rows = sorted(tuple(row) for row in found)
    assert rows == [(1, "eu", "2026-07-01", 21500), (2, "ru", "2026-07-01", 155000)]
    database.close()


RULES = (
    "INSERT INTO reminder_rules (provider_id, since, to_client, to_accounting, attaches, law,"
    " margin, fixed_sum, later_rate, later_since) VALUES (:number, '2026-07-01', true, true, true,"
    " :law, 80000, false, :rate, :later)"
)
CLIENT = (
    "INSERT INTO client (id, login, account_number, name, kind, country, vat_number, tax_number,"
    " tax_registration_reason, phone, email, address, delivery_address, language, created_at)"
    " VALUES (1, 'c', 1, 'C', 'person', 'BG', '', '', '', '', '', '', '', 'en', '2026-11-22')"
)
DOCUMENT = (
    "INSERT INTO document (provider_id, client_id, kind, number, issued_at, issued_on, due_on,"
    " currency, total, content) VALUES (1, 1, 'proforma', :number, '2026-11-22', '2026-11-22',"
    " '2026-12-06', 'EUR', 5, '{}')"
)
PRINTED = "INSERT INTO document_file (document_id, pdf, made_at) VALUES (1, :pdf, '2026-11-22')"


def test_w3_stored_versions_of_a_web_shop_are_given_the_ways_of_today() -> None:
    """What is shipped, without them and given them again, is what is shipped."""
    today = shipped_file("webshop").model_dump(mode="json", by_alias=True, exclude_none=True)
    facts = (["came_by_gateway"], ["left_from_here"])
    rows = [row for row in today["transition"] if row["when"] not in facts]
    before = {
        **today,
        "transition": [
            {**row, "from": ["incomplete", "new"]} if row["action"] == ["left_for_gateway"] else row
            for row in rows
        ],
        "by_hand": {
            **today["by_hand"],
            "from": {k: v for k, v in today["by_hand"]["from"].items() if k != "incomplete"},
        },
    }
    given = with_ways_of_today("webshop", before)
    assert given["transition"] == today["transition"]
    assert {k: v.split() for k, v in given["by_hand"]["from"].items()} == {
        k: v.split() for k, v in today["by_hand"]["from"].items()
    }
    assert build(given, vocabulary()).statuses == build(today, vocabulary()).statuses
    assert with_ways_of_today("webshop", given) == given
    assert with_ways_of_today("desk", before) == before
    # what an owner has taken out is not put back
    bare = {**before, "by_hand": {**before["by_hand"], "to": [], "from": {}}}
    assert with_ways_of_today("webshop", bare)["by_hand"]["from"] == {}


def test_a_migration_stands_on_nothing_of_the_product_that_may_change() -> None:
    """What it needs of today it copies, so that an upgrade comes to the same whatever comes."""
    root = Path(__file__).parents[2]
    product = ("billing_panel", "invoices", "permissions", "plugins", "templates")
    # the decimals of ISO 4217, and how an upgrade is refused
    steady = (
        "billing_panel.migrations",
        "billing_panel.kernel.values.currencies",
        "billing_panel.kernel.language.errors",
    )
    found = [*root.glob("billing_panel/migrations/versions/*.py")]
    found += root.glob("plugins/*/migrations/*_[0-9]*.py")
    assert len(found) >= 30
    for file in found:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            strange = [one for one in names if one.startswith(product)]
            assert all(one.startswith(steady) for one in strange), file
