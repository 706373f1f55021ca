"""Files that were chosen in a form (``kernel.files.attached_files``)."""

from flask import request

from billing_panel.kernel.files.attached_files import FIELD, MAX_FILES


def sent_files() -> list[tuple[str, bytes]]:
    """Each as (name, content), one more than may be; an empty field sends an empty name."""
    sent = [one for one in request.files.getlist(FIELD) if one.filename]
    return [(one.filename or "", one.read()) for one in sent[: MAX_FILES + 1]]
