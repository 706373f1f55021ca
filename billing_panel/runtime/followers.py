"""Runs each follower of a plugin in its own thread, woken by commits."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

from billing_panel.core.panel import Panel
from billing_panel.kernel.extension.background_work import Follower
from billing_panel.kernel.process.logs import logger
from billing_panel.live.commit_watcher import Watcher
from billing_panel.runtime.jobs import run_job

log = logger()
AT_LEAST_SECONDS = 60.0
# so that one whose own commits wake it does not take a whole core
BETWEEN_SECONDS = 0.1
# after a mistake of its own; twice as long each time
PAUSE_SECONDS = 1.0
# for what is under way, when the worker is to stop
FINISHING_SECONDS = 20.0


@contextmanager
def following(panel: Panel, followers: Sequence[Follower]) -> Iterator[None]:
    """Run each of ``followers`` now, soon after each commit, and at least once a minute."""
    threads = [_Following(panel, follower) for follower in followers]

    def wake() -> None:
        for thread in threads:
            thread.wake()

    watcher = Watcher(panel.database, wake)
    for thread in threads:
        thread.start()
    if threads:
        watcher.start()
    try:
        yield
    finally:
        if threads:
            watcher.stop()
        for thread in threads:
            thread.stop()


class _Following:
    def __init__(self, panel: Panel, follower: Follower) -> None:
        self._panel = panel
        self._follower = follower
        self._woken = Event()
        self._over = Event()
        self._thread = Thread(target=self._run, name=follower.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._over.set()
        self._woken.set()
        self._thread.join(FINISHING_SECONDS)

    def _run(self) -> None:
        pause = PAUSE_SECONDS
        while not self._over.is_set():
            # before it looks: what comes after is looked at once more
            self._woken.clear()
            if self._follow():
                pause = PAUSE_SECONDS
                self._over.wait(BETWEEN_SECONDS)
                self._woken.wait(AT_LEAST_SECONDS)
            else:
                self._over.wait(pause)
                pause = min(2 * pause, AT_LEAST_SECONDS)

    def _follow(self) -> bool:
        """Whether it ran to its end; a mistake in one is no end of it."""
        try:
            return run_job(self._panel, self._follower)
        except Exception:
            log.exception("follower_failed", follower=self._follower.name)
            return False
