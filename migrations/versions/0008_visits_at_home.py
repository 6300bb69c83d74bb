"""Where a visit at the client's home goes.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("booking") as table:
        table.add_column(sa.Column("client_address", sa.String(300), nullable=True))
        table.add_column(sa.Column("at_home", sa.Boolean(), nullable=False, server_default=sa.text("false")))


def downgrade() -> None:
    with op.batch_alter_table("booking") as table:
        table.drop_column("at_home")
        table.drop_column("client_address")
