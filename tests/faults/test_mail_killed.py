"""A worker killed while the mail server takes a letter: it arrives once, or is in the list."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from billing_panel.kernel.process import mail_settings
from billing_panel.mail.post_office import POST_OFFICE, PostOffice
from billing_panel.mail.sending.send_letters import send_letters
from tests.cli.shell import PROGRAM, Shell
from tests.faults.server import kill
from tests.letters import letter, posted, states
from tests.mail_server import PATIENCE, mail_server
from tests.world import World

SLOW = "slow@example.com"


@pytest.mark.parametrize("at_text", [False, True])
def test_a_worker_killed_in_the_middle_repeats_nothing_that_may_have_arrived(
    world: World, demo_url: str, home_of: Callable[..., Shell], *, at_text: bool
) -> None:
    with mail_server() as server:
        (server.holds if at_text else server.slow).add(SLOW)
        office: PostOffice = world.database.info[POST_OFFICE]  # type: ignore[assignment]
        ours = mail_settings.MailServer(
            "127.0.0.1", server.port, None, None, tls=False, starttls=False, sender="a@example.com"
        )
        world.database.info[POST_OFFICE] = replace(office, server=ours, shows=False)
        shell = home_of(
            demo_url,
            SECRET_KEY="only for tests, and long enough to be one",
            SMTP_URL=f"smtp://127.0.0.1:{server.port}",
            MAIL_FROM="a@example.com",
        )
        # the worker goes by the machine's clock
        world.clock.at = datetime.now(UTC)
        posted(world, letter("slow", SLOW))
        worker = subprocess.Popen(
            [PROGRAM, "mail", "send"],
            env=shell.environment(),
            cwd=shell.home,
            text=True,
            start_new_session=True,
        )
        assert server.asked_slow.wait(PATIENCE)
        kill(worker)
        server.go_on.set()
        assert states(world) == {"slow": "handing_over" if at_text else "waiting"}
        # another worker, while the first one’s claim lasts and then when it has ended
        assert send_letters(world.database, world.clock) == {}
        world.clock.at += timedelta(minutes=6)
        send_letters(world.database, world.clock)
        assert states(world) == {"slow": "uncertain" if at_text else "sent"}
        world.clock.at += timedelta(hours=1)
        assert send_letters(world.database, world.clock) == {}
        assert server.to() == [SLOW]
