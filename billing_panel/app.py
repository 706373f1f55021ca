"""The panel as a Flask application."""

import pluggy
from flask import Flask

from billing_panel.api.views import api as panel_api
from billing_panel.config import Config, from_environment
from billing_panel.kernel.clock import Clock, SystemClock
from billing_panel.kernel.db import Database
from billing_panel.panel import EXTENSION, Panel
from billing_panel.plugin import all_functions, load_plugins
from billing_panel.web import assets, errors, formats, i18n, limits, logs, security, shell, sign_in
from billing_panel.web.administration.client_users import users
from billing_panel.web.administration.clients import clients
from billing_panel.web.administration.departments import departments
from billing_panel.web.administration.groups import groups
from billing_panel.web.administration.providers import providers
from billing_panel.web.administration.staff import staff
from billing_panel.web.administration.tariffs import tariffs
from billing_panel.web.converters import BigIdConverter
from billing_panel.web.views import web


def open_panel(config: Config, plugins: pluggy.PluginManager, clock: Clock | None = None) -> Panel:
    """Raises UnsafeSettings at the first connection to a database that could lose commits."""
    return Panel(
        config=config,
        database=Database(config.database_url),
        clock=clock or SystemClock(),
        functions=all_functions(plugins),
    )


def create_app(config: Config | None = None, clock: Clock | None = None) -> Flask:
    config = config or from_environment()
    plugins = load_plugins()
    app = Flask("billing_panel", template_folder=assets.template_folder())
    app.extensions[EXTENSION] = open_panel(config, plugins, clock)
    app.url_map.converters["bigid"] = BigIdConverter

    logs.install(app, json=config.json_logs)
    security.install(app, config)
    limits.install(app, config)
    i18n.install(app)
    formats.install(app)
    sign_in.install(app)
    shell.install(app, brought_by(plugins))
    errors.install(app)

    settings = (providers, tariffs, groups, staff, departments)
    for own in (web, clients, users, *settings, panel_api.blueprint):
        app.register_blueprint(own)
    for blueprints in plugins.hook.panel_blueprints():
        for blueprint in blueprints:
            app.register_blueprint(blueprint)
    security.exempt_api_from_csrf(app)
    return app


def brought_by(plugins: pluggy.PluginManager) -> shell.Brought:
    hook = plugins.hook
    return shell.Brought(
        navigation=lambda actor: [
            entry for entries in hook.panel_navigation(actor=actor) for entry in entries
        ],
        setup_steps=lambda session, actor: [
            step for steps in hook.panel_setup_steps(session=session, actor=actor) for step in steps
        ],
    )
