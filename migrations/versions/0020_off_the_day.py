"""What stood on a day and stands there no longer: cancelled visits by date, and where moved visits stood before.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

CANCELLED = sa.text("state = 'cancelled'")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_index(
        "ix_booking_cancelled", "booking", ["starts_at"], sqlite_where=CANCELLED, postgresql_where=CANCELLED
    )
    op.create_table(
        "booking_move",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("booking_id", NUMBER, nullable=False),
        sa.Column("practitioner", sa.String(80), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name="fk_booking_move_booking_id_booking", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_booking_move"),
    )
    op.create_index("ix_booking_move_booking_id", "booking_move", ["booking_id"])
    op.create_index("ix_booking_move_starts_at", "booking_move", ["starts_at"])


def downgrade() -> None:
    op.drop_table("booking_move")
    op.drop_index("ix_booking_cancelled", table_name="booking")
