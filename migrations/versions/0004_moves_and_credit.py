"""What moving and cancelling leave behind: how often, what was kept, what is credit.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("booking", sa.Column("moves_made", sa.Integer(), nullable=False, server_default="0"))
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


def downgrade() -> None:
    op.drop_table("credit")
    op.drop_column("booking", "kept_minor")
    op.drop_column("booking", "moves_made")
