"""Limits on the size of a request, checked before anything in it is read.

Werkzeug bounds the bytes of a body, and the parts of a form that is sent as multipart; of a form
sent as an address's query it bounds neither, nor of the address itself.
"""

from functools import partial

from flask import Flask, abort, request
from werkzeug.exceptions import NotFound, RequestURITooLarge

from billing_panel.kernel.process.config import Config
from billing_panel.web.shell.request_context import is_api
from billing_panel.web.shell.route_access import may_send_files

# A tariff has some ten fields on the page of a new order, a row of a list as many.
MAX_FIELDS = 5000
MAX_QUERY = 8 * 1024
URLENCODED = "application/x-www-form-urlencoded"
NUL = "\0"


def install(app: Flask, config: Config) -> None:
    """Bound what requests bring, and refuse NUL in it."""
    app.config.update(
        MAX_CONTENT_LENGTH=config.max_body_bytes,
        MAX_FORM_MEMORY_SIZE=config.max_body_bytes,
        MAX_FORM_PARTS=MAX_FIELDS,
    )
    app.before_request(partial(_widen_for_files, config.max_upload_bytes))
    app.before_request(_refuse_too_much)
    app.before_request(_refuse_nul)


def _widen_for_files(most: int) -> None:
    """A page that takes files may be sent more; what is not a file in it stays bounded as it is."""
    if may_send_files(request.endpoint):
        request.max_content_length = most


def _refuse_too_much() -> None:
    """Raises RequestURITooLarge, RequestEntityTooLarge."""
    if len(request.query_string) > MAX_QUERY:
        raise RequestURITooLarge
    # a body sent to the API is JSON, and read there, once it is known who sends it
    is_form = request.mimetype == URLENCODED and not is_api()
    if is_form and request.get_data().count(b"&") >= MAX_FIELDS:
        abort(413)


def _refuse_nul() -> None:
    """PostgreSQL keeps no NUL in a text, and no person types one."""
    if NUL in request.path:
        raise NotFound
    # reading a form here would leave the API without its body
    for values in (request.args,) if is_api() else (request.args, request.form):
        if any(NUL in word for name, words in values.lists() for word in (name, *words)):
            abort(400)
    if not is_api() and any(NUL in name for name in request.files):
        abort(400)
