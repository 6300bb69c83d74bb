"""Who comes, when it is not the person who books.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("booking") as table:
        table.add_column(sa.Column("attendee_name", sa.String(100), nullable=True))
        table.add_column(sa.Column("attendee_age", sa.Integer(), nullable=True))
        table.add_column(sa.Column("guardian_agreed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("booking") as table:
        table.drop_column("guardian_agreed_at")
        table.drop_column("attendee_age")
        table.drop_column("attendee_name")
