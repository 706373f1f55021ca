"""Which payment systems a provider's form offers for *Card online*."""

from billing_panel.kernel.language.text import say
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import language, panel


def gateway_choices(chosen: str) -> dict[str, str]:
    """None, those there are keys for, and the one that was chosen before: titles by key."""
    there = {key: say(one.title, language()) for key, one in panel().gateways.items()}
    gone = {chosen: gettext("%(key)s (no keys)", key=chosen)} if chosen not in there else {}
    return {"": gettext("None"), **(gone if chosen else {}), **there}
