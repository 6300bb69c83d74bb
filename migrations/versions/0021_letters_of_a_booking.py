"""The letters of one booking found at once, and those of long ago by their age.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

FAILED = sa.text("failed_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("booking_id", sa.BigInteger(), nullable=True))
    outbox = sa.table("outbox", sa.column("payload", sa.JSON), sa.column("booking_id", sa.BigInteger))
    op.execute(sa.update(outbox).values(booking_id=outbox.c.payload["booking"].as_integer()))
    op.create_index("ix_outbox_booking", "outbox", ["booking_id", "done_at"])
    op.create_index("ix_outbox_done", "outbox", ["done_at"])
    op.create_index("ix_outbox_failed", "outbox", ["failed_at"], sqlite_where=FAILED, postgresql_where=FAILED)


def downgrade() -> None:
    for name in ("ix_outbox_failed", "ix_outbox_done", "ix_outbox_booking"):
        op.drop_index(name, table_name="outbox")
    op.drop_column("outbox", "booking_id")
