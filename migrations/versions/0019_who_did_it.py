"""Who settled a task and who wrote an answer; and questions that are settled without one, for example by phone.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

PEOPLE = (("staff_task", "done_by"), ("enquiry", "settled_by"), ("enquiry_message", "written_by"))


def upgrade() -> None:
    number = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    # SQLite takes a column with its reference in one go, and a reference alone never
    for table, column in PEOPLE:
        constraint = f"CONSTRAINT fk_{table}_{column} REFERENCES staff (id)"
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {number} {constraint}")
    op.add_column("enquiry", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("enquiry") as table:
        table.drop_column("settled_at")
    for name, column in reversed(PEOPLE):
        with op.batch_alter_table(name) as table:
            table.drop_column(column)
