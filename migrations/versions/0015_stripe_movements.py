"""Stripe's own books, for a month that adds up to the penny.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stripe_movement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("movement_id", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("fee_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("source_id", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_movement")),
        sa.UniqueConstraint("movement_id", name=op.f("uq_stripe_movement_movement_id")),
    )
    op.create_index(op.f("ix_stripe_movement_at"), "stripe_movement", ["at"])
    op.create_index(op.f("ix_stripe_movement_source_id"), "stripe_movement", ["source_id"])


def downgrade() -> None:
    op.drop_table("stripe_movement")
