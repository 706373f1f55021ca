"""The functions that webhooks add to the permission matrix."""

from enum import StrEnum

from billing_panel.kernel.extension.hooks import FunctionInfo
from billing_panel.kernel.language.text import text


class WebhooksFunction(StrEnum):
    """Names of the functions that webhooks add."""

    READ = "webhooks:endpoint:read"
    CHANGE = "webhooks:endpoint:change"


WEBHOOKS = text("Webhooks")

WEBHOOKS_FUNCTIONS = (
    FunctionInfo(
        WebhooksFunction.READ,
        WEBHOOKS,
        text("See webhooks"),
        text("Webhooks of their providers, and what was delivered to each."),
    ),
    FunctionInfo(
        WebhooksFunction.CHANGE,
        WEBHOOKS,
        text("Change webhooks"),
        text(
            "Add, change and delete webhooks, replace their secrets, deliver again. A webhook"
            " receives what the person who saved it may see."
        ),
    ),
)
