"""Pages beside those of orders that must not grow: clients looked up, documents, logs, messages."""

from benchmarks.measuring.plain_sql import Plain
from benchmarks.populated.installation import Installation


def look_ups(installation: Installation, plain: Plain) -> dict[str, str]:
    """Addresses by title."""
    last = plain.value("SELECT max(id) FROM client")
    modest = installation.crowd.others[0]
    document = plain.value("SELECT max(id) / 2 FROM document")
    return {
        "clients: a login": f"/clients?query=client-{last - 7}",
        "clients: a name all have": "/clients?query=стоянова",
        "clients: nobody": "/clients?query=zzqx",
        "palette: a login": f"/search/palette?query=client-{last - 7}",
        "palette: a number": f"/search/palette?query={10_000 + document}",
        "a modest client": f"/clients/{modest}",
        "history of a modest client": f"/clients/{modest}/orders",
        "a new order of a modest client": f"/clients/{modest}/orders/new",
        "documents": "/documents",
        "messages": "/messages",
    }
