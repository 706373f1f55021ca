"""A worker killed while a receiver takes a webhook: nothing is lost, and each order is in order."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event as Signal

import pytest

from billing_panel.kernel.process.config import Config
from plugins.webhooks.store.models import DeliveryState
from tests.cli.shell import PROGRAM, Shell
from tests.faults.server import PATIENCE, kill
from tests.webhook_receiver import Hooks, receiving
from tests.world import World, line

KEY = "only for tests, and long enough to be one"


@pytest.fixture
def config(config: Config) -> Config:
    """The worker, a process of its own, opens the endpoint's secret with the same key."""
    return replace(config, secret_key=KEY)


@pytest.mark.slow
def test_a_killed_worker_loses_nothing_and_repeats_under_the_same_id_alone(
    world: World, demo_url: str, home_of: Callable[..., Shell]
) -> None:
    # the worker goes by the machine's clock
    world.clock.at = datetime.now(UTC)
    hooks = Hooks(world)
    with receiving() as receiver:
        receiver.hold = Signal()
        hooks.add(receiver.url(), "orders.*")
        for _ in range(2):
            world.place("owner", world.order("stoyanova", line("web-start", "1 month")))
        shell = home_of(demo_url, SECRET_KEY=KEY, WEBHOOKS_ALLOW="127.0.0.0/8")
        worker = subprocess.Popen(
            [PROGRAM, "worker"],
            env=shell.environment(),
            cwd=shell.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        arrived = receiver.arrived.wait(PATIENCE)
        kill(worker)
        assert arrived
        receiver.hold.set()
        # what the worker held is free again when its claim has ended
        world.clock.at = datetime.now(UTC) + timedelta(minutes=3)
        hooks.follow()
    told = hooks.deliveries()
    assert {one.state for one in told} == {DeliveryState.DELIVERED}
    assert {*receiver.ids} == {one.message_id for one in told}
    for lane in {one.lane for one in told}:
        own = [one.message_id for one in told if one.lane == lane]
        came = [one for one in dict.fromkeys(receiver.ids) if one in own]
        assert came == own
