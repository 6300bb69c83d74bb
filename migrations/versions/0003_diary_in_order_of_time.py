"""The index that free times are read from begins with time, and holds all that is read.

A diary is read for everybody at once: one range of one index, whoever the practitioners are.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LIVE = "state IN ('held', 'confirmed', 'completed', 'no_show')"


def upgrade() -> None:
    op.drop_index("ix_booking_live", table_name="booking")
    _create(["busy_from", "busy_until", "practitioner", "room", "minutes", "state", "hold_until", "id"])


def downgrade() -> None:
    op.drop_index("ix_booking_live", table_name="booking")
    _create(["practitioner", "busy_from", "busy_until", "state", "hold_until"])


def _create(columns: list[str]) -> None:
    op.create_index("ix_booking_live", "booking", columns, sqlite_where=sa.text(LIVE), postgresql_where=sa.text(LIVE))
