"""Find the holds that were given up long ago without reading every booking.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

RELEASED = "state = 'released'"


def upgrade() -> None:
    op.create_index(
        "ix_booking_released",
        "booking",
        ["updated_at"],
        sqlite_where=sa.text(RELEASED),
        postgresql_where=sa.text(RELEASED),
    )


def downgrade() -> None:
    op.drop_index("ix_booking_released", table_name="booking")
