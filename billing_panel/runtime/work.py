"""What ``billing-panel worker`` does until it is told to stop."""

from billing_panel.core.panel import Panel
from billing_panel.core.plugins import all_followers, all_jobs
from billing_panel.runtime.followers import following
from billing_panel.runtime.jobs import make_huey


def work(panel: Panel) -> None:
    """Run background and periodic jobs."""
    plugins = panel.brought.plugins
    jobs = all_jobs(plugins, panel.gateways, panel.config)
    with following(panel, all_followers(plugins, panel.config)):
        make_huey(panel, jobs).create_consumer(workers=1, check_worker_health=False).run()
