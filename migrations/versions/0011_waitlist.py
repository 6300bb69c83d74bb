"""People who wait for a time that comes free.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waitlist_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("visitor", sa.String(length=64), nullable=False),
        sa.Column("asker", sa.String(length=64), nullable=False),
        sa.Column("treatment", sa.String(length=80), nullable=False),
        sa.Column("practitioner", sa.String(length=80), nullable=True),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("passed", sa.JSON(), nullable=False),
        sa.Column("offered_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_entry")),
        sa.UniqueConstraint("asker", name=op.f("uq_waitlist_entry_asker")),
        sa.UniqueConstraint("key", name=op.f("uq_waitlist_entry_key")),
        sa.UniqueConstraint("visitor", name=op.f("uq_waitlist_entry_visitor")),
    )
    op.create_index(op.f("ix_waitlist_entry_until"), "waitlist_entry", ["until"])


def downgrade() -> None:
    op.drop_table("waitlist_entry")
