"""What ``billing-panel worker`` does until it is told to stop."""

from sqlalchemy.orm import configure_mappers

from billing_panel.core.panel import Panel
from billing_panel.core.plugins import all_followers, all_jobs
from billing_panel.migrations.schema import metadata
from billing_panel.runtime.followers import following
from billing_panel.runtime.jobs import make_huey


def work(panel: Panel) -> None:
    """Run background and periodic jobs."""
    complete(panel)
    plugins = panel.brought.plugins
    jobs = all_jobs(plugins, panel.gateways, panel.config)
    with following(panel, all_followers(plugins, panel.config)):
        make_huey(panel, jobs).create_consumer(workers=1, check_worker_health=False).run()


def complete(panel: Panel) -> None:
    """Import and map all there is, before threads begin.

    Where one thread maps tables of which another is still importing some, what is mapped then stays
    broken for the whole process.
    """
    metadata()
    panel.brought.complete()
    configure_mappers()
