"""The name a file is saved under, in any alphabet."""

import unicodedata
from urllib.parse import quote

from flask import Response

# RFC 5987: what may stand in an extended value as it is
_PLAIN = "!#$&+-.^_`|~"
_QUOTES = str.maketrans(dict.fromkeys('"\\'))


def name_file(response: Response, filename: str, *, shown: bool = False) -> Response:
    """``response`` as a file called ``filename``, saved or, if ``shown``, opened in the browser.

    A header is Latin-1 on its way, so a name in another alphabet stands there twice (RFC 6266): in
    ASCII for old clients, and whole in ``filename*``.
    """
    simple = _in_ascii(filename)
    names = {"filename": simple}
    if simple != filename:
        names["filename*"] = f"UTF-8''{quote(filename, safe=_PLAIN)}"
    response.headers.set("Content-Disposition", "inline" if shown else "attachment", **names)
    return response


def _in_ascii(filename: str) -> str:
    """What old clients take it for: never without its ending, and never with a quotation mark."""
    stem, dot, ending = unicodedata.normalize("NFKD", filename).rpartition(".")
    if not stem:
        stem, dot, ending = ending, "", ""
    words = stem.encode("ascii", "ignore").decode().translate(_QUOTES).split()
    plain = " ".join(words).strip(" -._") or "file"
    return f"{plain}{dot}{ending.encode('ascii', 'ignore').decode().translate(_QUOTES)}"
