"""Who opened a question from the website is on record as who opened health answers is.

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("staff_access") as table:
        table.alter_column("booking_id", existing_type=sa.BigInteger(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM staff_access WHERE booking_id IS NULL")
    with op.batch_alter_table("staff_access") as table:
        table.alter_column("booking_id", existing_type=sa.BigInteger(), nullable=False)
