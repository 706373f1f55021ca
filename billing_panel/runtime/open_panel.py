"""A panel opened on its database: what pages, commands and jobs stand on."""

from functools import partial

import pluggy

from billing_panel.core.panel import Brought, Panel
from billing_panel.core.plugins import (
    all_mail_kinds,
    all_session_info,
    mail_answer,
    mail_attachment,
)
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.process.config import FONTS, Config
from billing_panel.kernel.process.lazy_values import Lazy, LazyMapping
from billing_panel.kernel.process.mail_settings import mail_server, shows_mail
from billing_panel.kernel.process.mailbox_settings import mailbox
from billing_panel.kernel.values.clock import Clock, SystemClock
from billing_panel.mail.post_office import POST_OFFICE, PostOffice
from billing_panel.migrations.schema import metadata


def open_panel(config: Config, plugins: pluggy.PluginManager, clock: Clock | None = None) -> Panel:
    """What is brought is imported when it is first used; all tables, when something is written.

    Raises UnsafeSettings at the first connection to a database that could lose commits.
    """
    database = Database(
        config.database_url,
        write_seconds=config.write_seconds,
        info={
            **all_session_info(plugins),
            POST_OFFICE: open_post_office(config, plugins),
            FONTS: config.fonts_dir,
        },
        before_writing=Lazy(metadata),
    )
    clock = clock or SystemClock()
    return Panel(config, database, clock, Brought(plugins, config, database, clock))


def open_post_office(config: Config, plugins: pluggy.PluginManager) -> PostOffice:
    """Raises ConfigError for half a setup of mail."""
    return PostOffice(
        kinds=LazyMapping(partial(all_mail_kinds, plugins)),
        secret_key=config.secret_key,
        public_url=config.public_url,
        server=mail_server(config),
        shows=shows_mail(config),
        attachment=mail_attachment(plugins),
        answer=mail_answer(plugins),
        mailbox=mailbox(config),
    )
