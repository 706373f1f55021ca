"""The door for plugins: what is installed under the entry point ``billing_panel.plugins``."""

from importlib.metadata import entry_points

import pluggy

from billing_panel.checks import PANEL_CHECKS
from billing_panel.kernel.hooks import PROJECT, Check, FunctionInfo, PanelHooks
from permissions.functions import PANEL_FUNCTIONS


def load_plugins() -> pluggy.PluginManager:
    """Every installed plugin, in the order of their names; the panel's own come the same way.

    What a plugin has as ``hooks`` are hooks of its own, for others. Raises
    pluggy.PluginValidationError for a hook that nobody declares.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(PanelHooks)
    for entry_point in sorted(entry_points(group="billing_panel.plugins"), key=lambda e: e.name):
        plugin = entry_point.load()
        manager.register(plugin, name=entry_point.name)
        if own := getattr(plugin, "hooks", None):
            manager.add_hookspecs(own)
    manager.check_pending()
    return manager


def all_functions(manager: pluggy.PluginManager) -> tuple[FunctionInfo, ...]:
    """The rows of the permission matrix: the panel's own functions, then those of plugins."""
    brought = [info for infos in manager.hook.panel_functions() for info in infos]
    return (*PANEL_FUNCTIONS, *sorted(brought, key=lambda info: info.name))


def all_checks(manager: pluggy.PluginManager) -> tuple[Check, ...]:
    """What must be true of a database: of the panel's own tables, then of those of plugins."""
    brought = [check for checks in manager.hook.panel_checks() for check in checks]
    return (*PANEL_CHECKS, *sorted(brought, key=lambda check: check.name))
