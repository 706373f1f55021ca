"""The panel as a Flask application."""

from pathlib import Path

import pluggy
from flask import Flask

from billing_panel.core.panel import EXTENSION
from billing_panel.core.plugins import load_plugins
from billing_panel.kernel.process.config import Config, from_environment
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.kept_by_actor import kept_by_actor
from billing_panel.runtime.open_panel import open_panel
from billing_panel.web.requests import (
    compiled_templates,
    cross_origin,
    error_responses,
    headers_cookies_csrf,
    late_form_pages,
    rate_limits,
    request_bounds,
    request_logs,
    seeing_as,
)
from billing_panel.web.requests.url_converters import BigIdConverter
from billing_panel.web.shell import assets, drawn_once, i18n, page_frame, template_formats
from billing_panel.web.shell.cached_urls import KeptAddresses
from billing_panel.web.sign_in import openid_pages, session_cookie


def create_app(
    config: Config | None = None,
    clock: Clock | None = None,
    plugins: pluggy.PluginManager | None = None,
) -> Flask:
    """Make the application of a panel. Raises ConfigError.

    ``config`` None: from the environment; ``clock`` None: the machine's; ``plugins`` None: all.
    """
    config = config or from_environment()
    plugins = plugins or load_plugins()
    app = KeptAddresses(
        "billing_panel", template_folder=assets.template_folder(), static_folder=None
    )
    app.extensions[EXTENSION] = running = open_panel(config, plugins, clock)
    running.brought.complete()
    app.url_map.converters["bigid"] = BigIdConverter

    request_logs.install(app, json=config.json_logs)
    assets.install(app, Path(app.root_path) / "static")
    request_bounds.install(app, config)
    # a form that is refused as forged is counted too
    rate_limits.install(app, config)
    headers_cookies_csrf.install(app, config)
    cross_origin.install(app, config)
    i18n.install(app)
    template_formats.install(app)
    session_cookie.install(app, config)
    openid_pages.install(app, config)
    seeing_as.install(app)
    drawn_once.install(app)
    page_frame.install(app, brought_by(plugins))
    late_form_pages.install(app)
    error_responses.install(app)

    for blueprints in plugins.hook.panel_blueprints():
        for blueprint in blueprints:
            app.register_blueprint(blueprint)
    headers_cookies_csrf.exempt_api_from_csrf(app)
    compiled_templates.install(app, config)
    return app


def brought_by(plugins: pluggy.PluginManager) -> page_frame.Brought:
    """Gather what plugins bring for an actor, asked of them each time."""
    hook = plugins.hook
    return page_frame.Brought(
        navigation=lambda actor: [
            entry for entries in hook.panel_navigation(actor=actor) for entry in entries
        ],
        news=kept_by_actor(
            lambda actor: page_frame.ask_news(
                [one for brought in hook.panel_news(actor=actor) for one in brought]
            )
        ),
        setup_steps=lambda session, actor: [
            step for steps in hook.panel_setup_steps(session=session, actor=actor) for step in steps
        ],
        client_parts=lambda session, client_id, actor: [
            part
            for parts in hook.panel_client_parts(session=session, client_id=client_id, actor=actor)
            for part in parts
        ],
        provider_places=lambda key: [
            entry for entries in hook.panel_provider_places(key=key) for entry in entries
        ],
        feet=lambda session, actor: [
            part for parts in hook.panel_feet(session=session, actor=actor) for part in parts
        ],
    )
