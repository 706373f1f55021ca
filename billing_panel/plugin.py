"""The door for plugins: what is installed under the entry point ``billing_panel.plugins``."""

from importlib.metadata import entry_points

import pluggy

from billing_panel.kernel.hooks import PROJECT, FunctionInfo, PanelHooks
from permissions.functions import PANEL_FUNCTIONS


def load_plugins() -> pluggy.PluginManager:
    """Every installed plugin, in the order of their names; the panel's own come the same way."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(PanelHooks)
    for entry_point in sorted(entry_points(group="billing_panel.plugins"), key=lambda e: e.name):
        manager.register(entry_point.load(), name=entry_point.name)
    return manager


def all_functions(manager: pluggy.PluginManager) -> tuple[FunctionInfo, ...]:
    """The rows of the permission matrix: the panel's own functions, then those of plugins."""
    brought = [info for infos in manager.hook.panel_functions() for info in infos]
    # each area's in the order in which its plugin declares them
    areas = sorted(brought, key=lambda info: info.name.partition(":")[0])
    return (*PANEL_FUNCTIONS, *areas)
