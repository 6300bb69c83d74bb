"""What somebody of the practice wrote for longer than they were signed in is kept for them, encrypted, for a day.

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff_sitting", sa.Column("unsent", sa.LargeBinary(), nullable=True))
    op.add_column("staff_sitting", sa.Column("unsent_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("staff_sitting", "unsent_until")
    op.drop_column("staff_sitting", "unsent")
