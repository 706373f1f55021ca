"""The API of the audit log as its page has it, of background jobs, and of statements as files."""

from collections.abc import Callable

from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.job_runs import job_failed
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import MISSING, all_pages, place, problem_of, wrong_fields
from tests.world import World, hold_only

pytestmark = ON_SQLITE
Api = Callable[[str], ApiClient]


def test_the_log_is_read_newest_first_and_narrowed(world: World, api: Api) -> None:
    owner, client_id = api("owner"), world.client_id("stoyanova")
    order = place(api("maria"), client_id)
    rows = [row for page in all_pages(owner, "/audit", limit=20) for row in page]
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    placed = {"subject": f"order:{order['id']}", "kind": "order.placed", "person": "maria"}
    (event,) = json_of(owner.get("/audit", **placed))["items"]
    assert (event["who"]["login"], event["client"]["login"]) == ("maria", "stoyanova")
    for query in ({"client": "stoyanova"}, {"query": order["number"]}, {"since": "2026-11-22"}):
        assert event in json_of(owner.get("/audit", limit=200, **query))["items"]
    assert json_of(owner.get("/audit", until="2020-01-01"))["items"] == []
    wrong = {"person": "nobody", "client": "nobody", "kind": "x.y", "subject": "order"}
    assert sorted(wrong_fields(owner.get("/audit", **wrong))) == [
        ("client", "unknown_client"),
        ("kind", "unknown_kind"),
        ("person", "unknown_person"),
        ("subject", "unknown_subject"),
    ]
    assert wrong_fields(owner.get("/audit", since="soon")) == [("since", "day")]
    assert wrong_fields(owner.get("/audit", who="maria")) == [("who", "unknown_field")]


def test_nobody_reads_of_providers_they_do_not_work_for(world: World, api: Api) -> None:
    order = place(api("maria"), world.client_id("stoyanova"))
    hold_only(world, "olga", "audit:event:read")
    olga = api("olga")
    assert json_of(olga.get("/audit", subject=f"order:{order['id']}"))["items"] == []
    assert wrong_fields(olga.get("/audit", provider="nordvik")) == [
        ("provider", "unknown_provider")
    ]


def test_jobs_are_listed_with_what_failed(world: World, api: Api) -> None:
    owner = api("owner")
    jobs = json_of(owner.get("/jobs"))["items"]
    assert len(jobs) > 5
    assert json_of(owner.get("/jobs", state="failing"))["items"] == []
    name = jobs[0]["name"]
    with world.database.writing() as session:
        why = text("There is no such department.")
        job_failed(session, name, why, at=world.clock.now())
    (failing,) = json_of(owner.get("/jobs", state="failing"))["items"]
    assert (failing["name"], failing["failing"], failing["problem"]) == (
        name,
        True,
        "There is no such department.",
    )
    assert wrong_fields(owner.get("/jobs", state="late")) == [("state", "literal_error")]
    hold_only(world, "georgi", "orders:order:read")
    problem_of(api("georgi").get("/jobs"), 403, "function_not_held")


def test_a_statement_is_a_table_and_is_printed(world: World, api: Api) -> None:
    owner, client_id = api("owner"), world.client_id("stoyanova")
    path = f"/clients/{client_id}/statement"
    query = {"provider": "nordvik"}
    credit = {"amount": "5.00", "reason": "Thanks", **query}
    json_of(owner.post(f"/clients/{client_id}/credits", credit), 201)
    table = owner.get(f"{path}.csv", **query)
    assert table.status_code == 200
    assert "Thanks" in table.get_data(as_text=True)
    printed = owner.get(f"{path}.pdf", **query)
    assert printed.status_code == 200
    assert printed.get_data().startswith(b"%PDF")
    assert wrong_fields(owner.get(f"{path}.csv", **{"from": "soon", **query})) == [("from", "day")]
    problem_of(owner.get(f"/clients/{MISSING}/statement.csv", **query), 404, "not_found")
    hold_only(world, "georgi", "balance:balance:read")
    problem_of(api("georgi").get(f"{path}.csv", **query), 403, "function_not_held")


def test_the_log_is_a_table_too(world: World, api: Api) -> None:
    owner = api("owner")
    order = place(api("maria"), world.client_id("stoyanova"))
    query = {"subject": f"order:{order['id']}"}
    before = world.everything()
    table = owner.get("/audit.csv", **query)
    assert table.status_code == 200
    assert table.content_type.startswith("text/csv")
    assert "order.placed" in table.get_data(as_text=True)
    assert wrong_fields(owner.get("/audit.csv", limit=2)) == [("limit", "unknown_field")]
    hold_only(world, "georgi", "audit:event:read")
    problem_of(api("georgi").get("/audit.csv"), 403, "function_not_held")
    assert world.everything()["event"] == before["event"]


def test_who_changed_whose_rights(world: World, api: Api) -> None:
    owner = api("owner")
    switched = {"switches": {"orders:order:create": False}}
    json_of(owner.put("/staff/maria/functions", switched))
    (newest, *_) = json_of(owner.get("/rights-log"))["items"]
    assert (newest["who"], newest["whose"]) == ("Ada Owner", "Maria Koleva")
    assert len(newest["changes"]) == 1
    pages = all_pages(owner, "/rights-log", limit=1)
    assert pages[0] == [newest]
    hold_only(world, "georgi", "audit:event:read")
    problem_of(api("georgi").get("/rights-log"), 403, "function_not_held")
