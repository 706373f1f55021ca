"""Why a try failed, in words."""

from collections.abc import Mapping

from billing_panel.kernel.language.text import Text, text

PROBLEMS: Mapping[str, Text] = {
    "refused": text("The receiver answered with an error."),
    "redirected": text("The receiver redirected us; redirects aren’t followed."),
    "unreachable": text("The receiver could not be reached."),
    "too_slow": text("The receiver took too long."),
    "name_unknown": text("The host name is not known."),
    "not_public": text("The address leads to a private network, which is not allowed."),
    "not_secure": text("The connection could not be made secure."),
    "no_http": text("What came back was not a web server’s answer."),
    "secret_gone": text("Its secret can’t be read any more; replace it."),
    "not_composed": text("A mistake of the panel; the worker’s log says more."),
    "endpoint_off": text("The webhook is switched off."),
    "not_told": text("Whoever saved the webhook may not see this any more."),
}
