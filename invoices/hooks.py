"""What documents ask of the plugins that make them due."""

from functools import cache

import pluggy
from sqlalchemy.orm import Session

from billing_panel.core.plugins import load_plugins
from billing_panel.kernel.extension.hooks import hookspec
from invoices.document import Marking


class InvoicesHooks:
    """The hook by which plugins say that a document asks for no money more."""

    @hookspec(firstresult=True)
    def invoices_settled(self, session: Session, document_id: int) -> Marking | None:  # noqa: ARG002
        """That what a document was issued for asks for no money any more, and since when."""
        return None


def settled(session: Session, document_id: int) -> Marking | None:
    """Ask plugins why and since when the document asks for no money more. None: it still does."""
    found: Marking | None = _plugins().hook.invoices_settled(
        session=session, document_id=document_id
    )
    return found


@cache
def _plugins() -> pluggy.PluginManager:
    return load_plugins()
