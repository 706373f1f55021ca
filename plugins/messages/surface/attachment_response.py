"""A file that came with a message, as an answer: to be saved, with nothing in it that is opened."""

from flask import Response

from billing_panel.web.shell.download_names import name_file
from plugins.messages.store.models import Attachment

OCTETS = "application/octet-stream"


def file_response(found: Attachment) -> Response:
    """Under its own name and type, and under a policy by which nothing in it runs."""
    response = Response(found.content, content_type=found.media_type)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return name_file(response, found.name)
