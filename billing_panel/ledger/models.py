"""The books: accounts, entries and their postings."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.kernel.database.append_only import Unwanted, append_only
from billing_panel.kernel.database.column_types import Base, BigId, Percent, UtcDateTime, one_of
from billing_panel.kernel.language.text import Text
from billing_panel.ledger.double_entry import ENTRY_TITLES, AccountKind, EntryKind
from billing_panel.tax.supply import SupplyTax, TaxCategory


class LedgerAccount(Base):
    """``balance`` is Σ of its postings, changed in the transaction that writes them.

    ``floor``: it does not fall below; None for accounts that may be anything.
    """

    __tablename__ = "ledger_account"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    client_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("client.id"))
    kind: Mapped[AccountKind] = mapped_column(one_of(AccountKind))
    currency: Mapped[str] = mapped_column(String(8))
    balance: Mapped[int] = mapped_column(BigId, default=0)
    floor: Mapped[int | None] = mapped_column(BigId)

    __table_args__ = (
        CheckConstraint("balance >= floor", name="floor"),
        Index(
            "uq_ledger_account_client",
            "client_id",
            "provider_id",
            "kind",
            "currency",
            unique=True,
            sqlite_where=client_id.is_not(None),
            postgresql_where=client_id.is_not(None),
        ),
        Index(
            "uq_ledger_account_provider",
            "provider_id",
            "kind",
            "currency",
            unique=True,
            sqlite_where=client_id.is_(None),
            postgresql_where=client_id.is_(None),
        ),
    )


class LedgerEntry(Base):
    """``key`` names what happened, once: writing the same key again is refused.

    The database itself refuses to change or delete entries and their postings. ``at``: when it was
    written. ``day``: the value date, by which registers and statements count it, where the provider
    is; mostly the day of ``at``.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        Index(None, "subject_kind", "subject_id"),
        # registers read the entries of some days
        Index("ix_ledger_entry_day", "day"),
        {"info": append_only()},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(128), unique=True)
    kind: Mapped[EntryKind] = mapped_column(one_of(EntryKind))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigId)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    day: Mapped[date]
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    reason: Mapped[str]
    postings: Mapped[list["Posting"]] = relationship(order_by="Posting.id", viewonly=True)

    @property
    def title(self) -> Text:
        return ENTRY_TITLES[self.kind]


def reversal_key(entry_id: int) -> str:
    """The key of the entry that reverses this one."""
    return f"reversed:{entry_id}"


class BooksClosing(Base):
    """Each time months of a provider's books were closed, or opened again; the last one holds.

    ``closed_on``: the last closed day from then on; where it is earlier than before, months were
    reopened, for ``reason``. ``after_entry``: the id of the last entry before that. The database
    refuses postings on or before the day (``INTO_CLOSED``).
    """

    __tablename__ = "books_closing"
    __table_args__ = (Index(None, "provider_id", "id"), {"info": append_only()})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    after_entry: Mapped[int] = mapped_column(BigId)
    closed_on: Mapped[date]
    reason: Mapped[str]


INTO_CLOSED = Unwanted(
    "closed",
    "EXISTS (SELECT 1 FROM ledger_entry, ledger_account, books_closing"
    " WHERE ledger_entry.id = NEW.entry_id AND ledger_account.id = NEW.account_id"
    " AND books_closing.id = (SELECT max(newest.id) FROM books_closing AS newest"
    " WHERE newest.provider_id = ledger_account.provider_id)"
    " AND ledger_entry.day <= books_closing.closed_on)",
    "posting is dated into a closed month",
)


class Posting(Base):
    """One movement. Never updated, never deleted: a mistake is reversed by another entry.

    ``floor``: of one that took a balance below zero, how far it and the client's debts together
    might go then; None of any other, and of those of earlier releases. ``tax_*``: of revenue,
    deferred revenue and tax, which tax the sale carries (UNCL5305); None of any other, and of
    orders of earlier releases that carry several.
    """

    __tablename__ = "posting"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(BigId, ForeignKey("ledger_entry.id"), index=True)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("ledger_account.id"))
    amount: Mapped[int] = mapped_column(BigId)
    balance_after: Mapped[int] = mapped_column(BigId)
    floor: Mapped[int | None] = mapped_column(BigId)
    tax_category: Mapped[TaxCategory | None] = mapped_column(one_of(TaxCategory))
    tax_percent: Mapped[Decimal | None] = mapped_column(Percent)
    tax_place: Mapped[str | None] = mapped_column(String(16))
    account: Mapped[LedgerAccount] = relationship()
    entry: Mapped[LedgerEntry] = relationship(viewonly=True)

    __table_args__ = (
        Index(None, "account_id", "id"),
        {"info": append_only(unwanted=[INTO_CLOSED])},
    )

    @property
    def levied(self) -> SupplyTax | None:
        """The tax of what it earned, where it did and that is known."""
        category, percent, place = self.tax_category, self.tax_percent, self.tax_place
        if category is None or percent is None or place is None:
            return None
        return SupplyTax(category, percent, place)
