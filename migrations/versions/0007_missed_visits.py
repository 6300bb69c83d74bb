"""Missed visits by date: few rows among many, counted when somebody books again.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MISSED = sa.text("state = 'no_show'")


def upgrade() -> None:
    op.create_index("ix_booking_missed", "booking", ["starts_at"], sqlite_where=MISSED, postgresql_where=MISSED)


def downgrade() -> None:
    op.drop_index("ix_booking_missed", table_name="booking")
