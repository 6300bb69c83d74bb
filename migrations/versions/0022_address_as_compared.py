"""The address of a client as it is compared, so that their bookings are found by an index.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("booking", sa.Column("client_owner", sa.String(length=254), nullable=True))
    op.execute("UPDATE booking SET client_owner = lower(trim(client_email)) WHERE client_email IS NOT NULL")
    op.create_index("ix_booking_client_owner", "booking", ["client_owner"])
    op.drop_index("ix_booking_client_email", table_name="booking")


def downgrade() -> None:
    op.create_index("ix_booking_client_email", "booking", ["client_email"])
    op.drop_index("ix_booking_client_owner", table_name="booking")
    op.drop_column("booking", "client_owner")
