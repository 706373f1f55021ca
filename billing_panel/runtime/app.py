"""The panel as a Flask application."""

from pathlib import Path

import pluggy
from flask import Flask

from billing_panel.core.panel import EXTENSION, Panel
from billing_panel.core.plugins import (
    all_client_records,
    all_event_readers,
    all_functions,
    all_gateways,
    all_session_info,
    load_plugins,
)
from billing_panel.kernel.database.db import Database
from billing_panel.kernel.process.config import Config, from_environment
from billing_panel.kernel.values.clock import Clock, SystemClock
from billing_panel.web.requests import error_answers as errors
from billing_panel.web.requests import rate_limits as limits
from billing_panel.web.requests import request_bounds as bounds
from billing_panel.web.requests import request_logs as logs
from billing_panel.web.requests import security_headers as security
from billing_panel.web.requests import seeing_as as impersonation
from billing_panel.web.requests import unsent_form_pages as unsent
from billing_panel.web.requests.url_converters import BigIdConverter
from billing_panel.web.shell import assets, i18n
from billing_panel.web.shell import page_frame as frame
from billing_panel.web.shell import template_formats as formats
from billing_panel.web.sign_in import openid_pages as openid
from billing_panel.web.sign_in import session_cookie


def open_panel(config: Config, plugins: pluggy.PluginManager, clock: Clock | None = None) -> Panel:
    """Raises UnsafeSettings at the first connection to a database that could lose commits."""
    return Panel(
        config=config,
        database=Database(
            config.database_url,
            write_seconds=config.write_seconds,
            info=all_session_info(plugins),
        ),
        clock=clock or SystemClock(),
        functions=all_functions(plugins),
        gateways=all_gateways(plugins, config),
        event_readers=all_event_readers(plugins),
        client_records=all_client_records(plugins),
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

    logs.install(app, json=config.json_logs)
    assets.install(app, Path(app.root_path) / "static")
    bounds.install(app, config)
    security.install(app, config)
    limits.install(app, config)
    i18n.install(app)
    formats.install(app)
    session_cookie.install(app, config)
    openid.install(app, config)
    impersonation.install(app)
    frame.install(app, brought_by(plugins))
    unsent.install(app)
    errors.install(app)

    for blueprints in plugins.hook.panel_blueprints():
        for blueprint in blueprints:
            app.register_blueprint(blueprint)
    security.exempt_api_from_csrf(app)
    return app


def brought_by(plugins: pluggy.PluginManager) -> frame.Brought:
    """Gather what plugins bring for an actor, asked of them each time."""
    hook = plugins.hook
    return frame.Brought(
        navigation=lambda actor: [
            entry for entries in hook.panel_navigation(actor=actor) for entry in entries
        ],
        setup_steps=lambda session, actor: [
            step for steps in hook.panel_setup_steps(session=session, actor=actor) for step in steps
        ],
    )
