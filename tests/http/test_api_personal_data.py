"""A copy of what is held about a client, and erasing it, by the API."""

import json
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

from sqlalchemy import select

from billing_panel.kernel.tables.event_log import Event
from tests.api import ApiClient, json_of
from tests.http.shop import WEB_START, place, problem_of
from tests.world import World, hold_only

Api = Callable[[str], ApiClient]


def test_a_copy_of_all_that_is_held_is_a_file_and_is_written_down(world: World, api: Api) -> None:
    owner, client_id = api("owner"), world.client_id("stoyanova")
    path = f"/clients/{client_id}/export"
    # a key keeps no personal data: each time it is read anew
    for _ in range(2):
        answer = owner.post(path, {}, Idempotency_Key="one")
        assert (answer.status_code, answer.mimetype) == (200, "application/zip")
        assert "Idempotency-Replayed" not in answer.headers
        with ZipFile(BytesIO(answer.data)) as archive:
            held = json.loads(archive.read("client.json"))
            assert "stoyanova" in json.dumps(held)
    with world.database.reading() as session:
        taken = session.scalars(select(Event).filter_by(kind="client.exported")).all()
    assert [event.client_id for event in taken] == [client_id, client_id]


def test_what_hinders_erasing_is_told_before_and_refused(world: World, api: Api) -> None:
    owner, client_id = api("owner"), world.client_id("stoyanova")
    place(owner, client_id, WEB_START)
    path = f"/clients/{client_id}/erasure"
    before = world.everything()
    told = json_of(owner.get(path))
    assert told["erased"]
    assert told["kept"]
    refusal = problem_of(owner.post(path, {}), 422, "cannot_be_erased")
    assert refusal["reasons"] == told["reasons"] != []
    assert world.everything() == before


def test_a_client_is_erased_once_for_good(api: Api) -> None:
    owner = api("owner")
    new = {"provider": "nordvik", "login": "to.forget", "name": "Forget Me", "kind": "person"}
    added = json_of(owner.post("/clients", {**new, "country": "BG"}), 201)
    path = f"/clients/{added['id']}/erasure"
    assert json_of(owner.get(path))["reasons"] == []
    erased = json_of(owner.post(path, {}))
    assert erased == {"id": added["id"], "erased_at": "2026-11-22T10:00:00+00:00"}
    assert "Forget Me" not in owner.get(f"/clients/{added['id']}").text
    problem_of(owner.post(path, {}), 409, "client_erased")
    problem_of(owner.get(path), 409, "client_erased")


def test_another_providers_client_is_neither_copied_nor_erased(world: World, api: Api) -> None:
    hold_only(world, "olga", *world.panel.known)
    olga, before = api("olga"), world.everything()
    path = f"/clients/{world.client_id('stoyanova')}"
    problem_of(olga.post(f"{path}/export", {}), 404, "not_found")
    problem_of(olga.get(f"{path}/erasure"), 404, "not_found")
    problem_of(olga.post(f"{path}/erasure", {}), 404, "not_found")
    shared = f"/clients/{world.client_id('romashka')}"
    problem_of(olga.post(f"{shared}/export", {}), 403, "shared_client")
    assert world.everything() == before
