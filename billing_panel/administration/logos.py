"""The picture on a provider's documents.

Whatever is uploaded is decoded and written anew as a PNG: what is kept holds pixels and nothing
else, no metadata, no script, no second file behind the first.
"""

import hashlib
import warnings
from io import BytesIO

from PIL import Image, UnidentifiedImageError
from sqlalchemy.orm import Session

from billing_panel.accounts.providers import Logo
from billing_panel.accounts.scope import find_provider
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.clock import Clock
from billing_panel.kernel.errors import FieldError, Invalid
from billing_panel.kernel.events import record
from billing_panel.kernel.locking import lock_row
from billing_panel.kernel.text import text
from permissions.functions import PanelFunction
from permissions.guard import require

FORMATS = ("PNG", "JPEG")
MAX_BYTES = 512 * 1024
MAX_SIDE = 4000
# Enough for 2 cm of print at 300 dots an inch.
KEPT_SIDE = 480


def set_logo(
    session: Session, provider_key: str, uploaded: bytes | None, *, actor: Actor, clock: Clock
) -> None:
    """``uploaded`` None takes the logo away. Raises FunctionNotHeld, NotFound, Invalid."""
    require(actor, PanelFunction.PROVIDER_CHANGE)
    picture = None if uploaded is None else as_png(uploaded)
    provider = find_provider(session, actor, provider_key)
    lock_row(session, provider, key_share=True)
    before = provider.logo
    provider.logo = None if picture is None else _keep(session, picture)
    if provider.logo == before:
        return
    record(
        session,
        "provider.changed",
        actor=actor,
        at=clock.now(),
        subject=("provider", provider.id),
        provider_id=provider.id,
        facts={"changes": {"logo": [before, provider.logo]}},
    )


def as_png(uploaded: bytes) -> bytes:
    """The picture, no larger than it is printed. Raises Invalid."""
    refusal = Invalid(
        [
            FieldError(
                "logo",
                "picture",
                text(
                    "A PNG or JPEG of at most %(kilobytes)s KB and %(side)s × %(side)s pixels.",
                    kilobytes=MAX_BYTES // 1024,
                    side=MAX_SIDE,
                ),
            )
        ]
    )
    if len(uploaded) > MAX_BYTES:
        raise refusal
    try:
        # WeasyPrint has Pillow fill what a broken file lacks with grey, for the whole process
        Image.open(BytesIO(uploaded), formats=FORMATS).verify()
        # the size is read before a pixel is: a small file may unpack to gigabytes
        picture = Image.open(BytesIO(uploaded), formats=FORMATS)
        if max(picture.size) > MAX_SIDE:
            raise refusal
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture.load()
        drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning) as error:
        raise refusal from error
    drawn.thumbnail((KEPT_SIDE, KEPT_SIDE))
    written = BytesIO()
    drawn.save(written, format="PNG")
    return written.getvalue()


def _keep(session: Session, png: bytes) -> str:
    digest = hashlib.sha256(png).hexdigest()
    if session.get(Logo, digest) is None:
        session.add(Logo(digest=digest, png=png))
        session.flush()
    return digest
