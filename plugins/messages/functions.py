"""The functions that correspondence adds to the permission matrix."""

from enum import StrEnum

from billing_panel.kernel.extension.hooks import FunctionInfo
from billing_panel.kernel.language.text import text


class MessagesFunction(StrEnum):
    """Names of the functions that correspondence adds."""

    MESSAGE_READ = "messages:message:read"
    MESSAGE_WRITE = "messages:message:write"
    NOTE_WRITE = "messages:note:write"
    TEMPLATE_CHANGE = "messages:template:change"


MESSAGES = text("Messages")

MESSAGES_FUNCTIONS = (
    FunctionInfo(
        MessagesFunction.MESSAGE_READ,
        MESSAGES,
        text("Read messages"),
        text("The correspondence with clients, with the internal notes in it."),
    ),
    FunctionInfo(
        MessagesFunction.MESSAGE_WRITE,
        MESSAGES,
        text("Write messages"),
        text("Answers clients, or writes to them first."),
    ),
    FunctionInfo(
        MessagesFunction.NOTE_WRITE,
        MESSAGES,
        text("Write internal notes"),
        text("Leaves notes in the correspondence that clients never see."),
    ),
    FunctionInfo(
        MessagesFunction.TEMPLATE_CHANGE,
        MESSAGES,
        text("Change answer templates"),
        text("Writes the ready-made answers that staff may insert."),
    ),
)
