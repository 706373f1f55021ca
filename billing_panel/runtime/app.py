"""The panel as a Flask application."""

from datetime import timedelta
from pathlib import Path

import pluggy
from flask import Flask

from billing_panel.core.panel import EXTENSION, Panel
from billing_panel.core.plugins import (
    all_client_records,
    all_event_readers,
    all_feed_sources,
    all_functions,
    all_gateways,
    all_mail_kinds,
    all_searched_kinds,
    all_session_info,
    load_plugins,
    mail_attachment,
)
from billing_panel.kernel.database.db import Database
from billing_panel.kernel.files.fonts import FONTS
from billing_panel.kernel.process.config import Config, from_environment
from billing_panel.kernel.process.mail_settings import mail_server, shows_mail
from billing_panel.kernel.values.clock import Clock, SystemClock
from billing_panel.live.feed import Feed
from billing_panel.live.news import all_sights
from billing_panel.mail.post_office import POST_OFFICE, PostOffice
from billing_panel.web.requests import (
    error_answers,
    rate_limits,
    request_bounds,
    request_logs,
    security_headers,
    seeing_as,
    unsent_form_pages,
)
from billing_panel.web.requests.url_converters import BigIdConverter
from billing_panel.web.shell import assets, i18n, page_frame, template_formats
from billing_panel.web.sign_in import openid_pages, session_cookie


def open_panel(config: Config, plugins: pluggy.PluginManager, clock: Clock | None = None) -> Panel:
    """Raises UnsafeSettings at the first connection to a database that could lose commits."""
    database = Database(
        config.database_url,
        write_seconds=config.write_seconds,
        info={
            **all_session_info(plugins),
            POST_OFFICE: open_post_office(config, plugins),
            FONTS: config.fonts_dir,
        },
    )
    clock, readers = clock or SystemClock(), all_event_readers(plugins)
    return Panel(
        config=config,
        database=database,
        clock=clock,
        functions=all_functions(plugins),
        gateways=all_gateways(plugins, config),
        event_readers=readers,
        feed=Feed(
            database,
            clock,
            sights=all_sights(readers),
            sources=all_feed_sources(plugins),
            idle=timedelta(minutes=config.session_idle_minutes),
            most=config.listeners,
        ),
        client_records=all_client_records(plugins),
        searched_kinds=all_searched_kinds(plugins),
    )


def open_post_office(config: Config, plugins: pluggy.PluginManager) -> PostOffice:
    """Raises ConfigError for half a setup of mail."""
    return PostOffice(
        kinds=all_mail_kinds(plugins),
        secret_key=config.secret_key,
        public_url=config.public_url,
        server=mail_server(config),
        shows=shows_mail(config),
        attachment=mail_attachment(plugins),
    )


def create_app(config: Config | None = None, clock: Clock | None = None) -> Flask:
    """Make the application of a panel. Raises ConfigError.

    ``config`` None: from the environment; ``clock`` None: the machine's.
    """
    config = config or from_environment()
    plugins = load_plugins()
    app = Flask("billing_panel", template_folder=assets.template_folder(), static_folder=None)
    app.extensions[EXTENSION] = open_panel(config, plugins, clock)
    app.url_map.converters["bigid"] = BigIdConverter

    request_logs.install(app, json=config.json_logs)
    assets.install(app, Path(app.root_path) / "static")
    request_bounds.install(app, config)
    security_headers.install(app, config)
    rate_limits.install(app, config)
    i18n.install(app)
    template_formats.install(app)
    session_cookie.install(app, config)
    openid_pages.install(app, config)
    seeing_as.install(app)
    page_frame.install(app, brought_by(plugins))
    unsent_form_pages.install(app)
    error_answers.install(app)

    for blueprints in plugins.hook.panel_blueprints():
        for blueprint in blueprints:
            app.register_blueprint(blueprint)
    security_headers.exempt_api_from_csrf(app)
    return app


def brought_by(plugins: pluggy.PluginManager) -> page_frame.Brought:
    """Gather what plugins bring for an actor, asked of them each time."""
    hook = plugins.hook
    return page_frame.Brought(
        navigation=lambda actor: [
            entry for entries in hook.panel_navigation(actor=actor) for entry in entries
        ],
        news=lambda session, actor: {
            one.endpoint: one
            for brought in hook.panel_news(session=session, actor=actor)
            for one in brought
        },
        setup_steps=lambda session, actor: [
            step for steps in hook.panel_setup_steps(session=session, actor=actor) for step in steps
        ],
        client_parts=lambda session, client_id, actor: [
            part
            for parts in hook.panel_client_parts(session=session, client_id=client_id, actor=actor)
            for part in parts
        ],
    )
