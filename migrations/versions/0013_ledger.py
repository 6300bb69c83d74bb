"""The ledger beside payments and refunds: credit, what was kept, disputes. Balances are summed up, never stored.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = (
    "kind IN ('credit_given', 'credit_used', 'credit_returned', 'kept', 'dispute_inquiry', 'inquiry_closed',"
    " 'dispute_opened', 'dispute_won', 'dispute_prevented', 'dispute_lost')"
)


def upgrade() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("owner", sa.String(length=254), nullable=True),
        sa.Column("deposit_id", ID, nullable=True),
        sa.Column("stripe_id", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_ledger_entry_known_kind")),
        sa.CheckConstraint(
            "kind NOT LIKE 'credit%' OR owner IS NOT NULL", name=op.f("ck_ledger_entry_credit_is_somebodys")
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_ledger_entry_booking_id")),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposit.id"], name=op.f("fk_ledger_entry_deposit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_ledger_entry_key")),
    )
    op.create_index(op.f("ix_ledger_entry_booking_id"), "ledger_entry", ["booking_id"])
    op.create_index(op.f("ix_ledger_entry_deposit_id"), "ledger_entry", ["deposit_id"])
    op.create_index("ix_ledger_entry_owner", "ledger_entry", ["owner"])
    _carry_over()
    op.drop_table("credit")
    op.drop_column("booking", "kept_minor")


def _carry_over() -> None:
    """Credit that was given and deposits that were kept so far become entries."""
    op.execute(
        "INSERT INTO ledger_entry (key, kind, booking_id, amount_minor, currency, owner, created_at)"
        " SELECT 'credit\\:' || credit.booking_id || '\\:cancelled', 'credit_given', credit.booking_id,"
        " credit.amount_minor, credit.currency, lower(trim(coalesce(booking.client_email, ''))), credit.created_at"
        " FROM credit JOIN booking ON booking.id = credit.booking_id WHERE credit.used_at IS NULL"
    )
    op.execute(
        "INSERT INTO ledger_entry (key, kind, booking_id, amount_minor, currency, owner, created_at)"
        " SELECT 'kept\\:' || id || '\\:earlier', 'kept', id, kept_minor, currency, NULL, updated_at"
        " FROM booking WHERE kept_minor > 0"
    )


def downgrade() -> None:
    op.add_column("booking", sa.Column("kept_minor", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "credit",
        sa.Column("id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_for_id", ID, nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_credit_amount")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_credit_booking_id")),
        sa.ForeignKeyConstraint(["used_for_id"], ["booking.id"], name=op.f("fk_credit_used_for_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_credit_booking_id")),
    )
    op.create_index(op.f("ix_credit_used_for_id"), "credit", ["used_for_id"])
    op.execute(
        "INSERT INTO credit (booking_id, amount_minor, currency, created_at)"
        " SELECT booking_id, amount_minor, currency, created_at FROM ledger_entry WHERE kind = 'credit_given'"
    )
    op.execute(
        "UPDATE booking SET kept_minor = (SELECT coalesce(sum(amount_minor), 0) FROM ledger_entry"
        " WHERE ledger_entry.booking_id = booking.id AND kind = 'kept')"
    )
    op.drop_table("ledger_entry")
