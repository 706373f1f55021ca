"""A status of orders, and of their lines, as a workflow file has it. Pure."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from billing_panel.kernel.language.text import LANGUAGES, Titles
from plugins.orders.workflow.statuses.stage import (
    DELIVERING,
    ENDS,
    SetBy,
    Shape,
    Stage,
    StockMove,
    Tone,
)
from plugins.orders.workflow.vocabulary import EMAIL, ON_ENTERING
from plugins.orders.workflow.workflow_bounds import MAX_NAMED


def _in_every_language(titles: Mapping[str, str]) -> Mapping[str, str]:
    missing = [language for language in LANGUAGES if not titles.get(language, "").strip()]
    if missing:
        raise PydanticCustomError("missing_translation", "missing", {"languages": missing})
    return titles


def _in_some_language(titles: Mapping[str, str]) -> Mapping[str, str]:
    said = [language for language in LANGUAGES if titles.get(language, "").strip()]
    return titles if said else _in_every_language(titles)


def _several(written: object) -> object:
    return (written,) if isinstance(written, str) else written


Several = Annotated[tuple[str, ...], BeforeValidator(_several), Field(max_length=MAX_NAMED)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Words = Annotated[Mapping[str, str], AfterValidator(_in_every_language)]


class Strict(BaseModel):
    """Nothing unknown is accepted, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Status(Strict):
    """``final`` None: an order that is done or lost stays there; False lets it go on (W5).

    ``predefined`` ones may be switched off, not deleted (W1), and have titles in every language;
    an own one needs them in one, which stands in for the others. ``instead``: the own status that
    orders come to in its place while it is switched off; what is set by hand is not led there.
    ``set_by`` None: anybody a step names. ``email_client`` and ``stock`` act on entering (W6).

    ``delivers`` None: lines are delivered while the order is open or done; ``delivers_when``: facts
    that must hold for it.
    """

    key: Key
    predefined: StrictBool = True
    titles: Mapping[str, str]
    stage: Stage
    tone: Tone
    shape: Shape
    enabled: StrictBool = True
    instead: Key | None = None
    set_by: SetBy | None = None
    email_client: StrictBool = False
    stock: StockMove | None = None
    final: StrictBool | None = None
    delivers: StrictBool | None = None
    delivers_when: Several = ()

    @field_validator("titles")
    @classmethod
    def _said(cls, titles: Mapping[str, str], known: ValidationInfo) -> Mapping[str, str]:
        if known.data.get("predefined", True):
            return _in_every_language(titles)
        return _in_some_language(titles)

    @property
    def title(self) -> Titles:
        return Titles(self.titles)

    @property
    def is_final(self) -> bool:
        """Nothing leads to another status."""
        return self.stage in ENDS if self.final is None else self.final

    @property
    def is_delivered_in(self) -> bool:
        """Lines may be marked delivered, where the facts of ``delivers_when`` hold."""
        return self.stage in DELIVERING if self.delivers is None else self.delivers

    @property
    def on_entering(self) -> tuple[str, ...]:
        """The effects that the status's own switches name."""
        stock = (ON_ENTERING[self.stock.value],) if self.stock else ()
        return (*stock, EMAIL) if self.email_client else stock


class LineStatus(Strict):
    """A status of one line (P4). The first is a new line's; a delivered line is in one ``done``."""

    key: Key
    titles: Words
    stage: Stage
    tone: Tone
    shape: Shape

    @property
    def title(self) -> Titles:
        return Titles(self.titles)
