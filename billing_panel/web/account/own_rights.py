"""What a person may do here, and for whom they work."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import providers
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.function_titles import by_section


def own_rights(db: Session, actor: Actor) -> dict[str, Any]:
    """What the person may do, and for whom they work."""
    staff = db.scalar(select(Staff).filter_by(user_id=actor.user_id))
    return {
        "own_client": actor.client_id is not None,
        "providers": providers(db, actor),
        "departments": [row.title for row in staff.departments] if staff else [],
        "functions": by_section(actor.functions),
    }
