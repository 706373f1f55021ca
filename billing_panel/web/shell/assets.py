"""Templates and static files: the style sheet, scripts and icons.

The sources of the style sheet are many small files, one for each component. A browser gets them
joined into one, under an address that changes with the content of any file, so it need never ask
again.
"""

import re
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, current_app, make_response, request, send_from_directory
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from typing_extensions import override

import templates
from billing_panel.web.shell.request_context import is_by_itself

SHEET = "css/panel.css"
KEPT = "public, max-age=31536000, immutable"
ASKED_AGAIN = "no-cache"
VERSION_LENGTH = 16
IMPORT = re.compile(r'@import url\("([^"]+)"\)(?: layer\(([\w-]+)\))?(?: ([^;]+))?;')
RELATIVE_ADDRESS = re.compile(r'url\("(?!/|#|data:|https?:)([^"]+)"\)')


class CookieOfPages(SecureCookieSessionInterface):
    """Files are the same for everybody: their answers carry no cookie and do not vary by one.

    Nor does what a page asks for by itself, beside whatever is done there: an answer that comes
    late would bring back the previous cookie.
    """

    @override
    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not is_by_itself() and (response.status_code >= 400 or not is_file()):
            super().save_session(app, session, response)


def is_file() -> bool:
    """Whether this request asks for a file, and for nothing that is of a person."""
    return (request.endpoint or "").rpartition(".")[2] in {"static", "font"}


def template_folder() -> str:
    """Where the shared templates are, in a checkout and in an installed wheel alike."""
    return str(Path(templates.__file__ or "").parent)


def install(app: Flask, folder: Path) -> None:
    """Serve the files below ``folder``; ``url_for("static", filename=...)`` names them."""
    version, sheet = version_of(folder), joined(folder / SHEET)

    def static(version_asked: str, filename: str) -> Response:
        # while developing, what was changed since is read again
        text = joined(folder / SHEET) if current_app.debug else sheet
        answer = _sheet(text) if filename == SHEET else send_from_directory(folder, filename)
        # a page from before an upgrade names files that are not as it knew them
        lasts = version_asked == version and not current_app.debug
        answer.headers["Cache-Control"] = KEPT if lasts else ASKED_AGAIN
        return answer

    app.add_url_rule("/static/<version_asked>/<path:filename>", "static", static)
    app.session_interface = CookieOfPages()
    app.url_defaults(lambda endpoint, values: _name_version(endpoint, values, version))


def version_of(folder: Path) -> str:
    """A short name of what the files below ``folder`` hold and are called."""
    digest = sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{file.relative_to(folder).as_posix()}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:VERSION_LENGTH]


def joined(sheet: Path) -> str:
    """The text of ``sheet`` with each file that it imports in the place of the import.

    What a file names by a relative address is named from where ``sheet`` is.
    """
    return IMPORT.sub(lambda found: _imported(sheet.parent, found), sheet.read_text("utf-8"))


def _imported(folder: Path, found: re.Match[str]) -> str:
    name, layer, medium = found.groups()
    below = f"{name.rpartition('/')[0]}/" if "/" in name else ""
    rules = RELATIVE_ADDRESS.sub(rf'url("{below}\1")', joined(folder / name))
    if layer:
        rules = f"@layer {layer} {{\n{rules}}}"
    return f"@media {medium} {{\n{rules}\n}}" if medium else rules


def _sheet(text: str) -> Response:
    answer = make_response(text, {"Content-Type": "text/css; charset=utf-8"})
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _name_version(endpoint: str, values: dict[str, object], version: str) -> None:
    if endpoint == "static":
        values.setdefault("version_asked", version)
