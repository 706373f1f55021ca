"""The name a file is saved under, whatever alphabet it is written in."""

import unicodedata
from urllib.parse import quote

from flask import Response

# RFC 5987: what may stand in an extended value as it is
_PLAIN = "!#$&+-.^_`|~"


def name_file(response: Response, filename: str, *, shown: bool = False) -> Response:
    """``response`` as a file called ``filename``, saved or, if ``shown``, opened in the browser.

    A header is Latin-1 on its way, so a name in another alphabet stands there twice (RFC 6266): in
    ASCII for old clients, and whole in ``filename*``.
    """
    folded = unicodedata.normalize("NFKD", filename)
    simple = folded.encode("ascii", "ignore").decode().lstrip(" -._") or "file"
    names = {"filename": simple}
    if simple != filename:
        names["filename*"] = f"UTF-8''{quote(filename, safe=_PLAIN)}"
    response.headers.set("Content-Disposition", "inline" if shown else "attachment", **names)
    return response
