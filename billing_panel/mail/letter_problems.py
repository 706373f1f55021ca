"""Why a letter was not sent, or may not have been, in words."""

from collections.abc import Mapping

from billing_panel.kernel.language.text import Text, text

# in place of the title of a kind that no plugin brings any more
GONE = text("No longer sent")
PROBLEMS: Mapping[str, Text] = {
    "attachment_gone": text("The attached file can no longer be made."),
    "bounced": text("It came back: the recipient’s mail server did not deliver it."),
    "bad_address": text("Mail can’t be sent to this address."),
    "erased": text("The client’s personal data was erased before it was sent."),
    "lost": text("The connection was lost while the mail server was accepting it."),
    "not_composed": text("The e-mail could not be put together; the server’s log says why."),
    "not_international": text("The mail server doesn’t accept addresses with such letters."),
    "not_secure": text("A secure connection to the mail server could not be made."),
    "put_off": text("The mail server put it off."),
    "refused": text("The mail server refused it."),
    "secret_gone": text("Its one-time link has expired; create a new one."),
    "sign_in_refused": text("The mail server refused our user name and password."),
    "too_slow": text("The mail server took too long."),
    "unreachable": text("The mail server could not be reached."),
    "worker_lost": text("The worker stopped while the mail server was accepting it."),
}
