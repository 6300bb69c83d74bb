"""Several visits that are booked in one go and paid for together.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IN_PROGRAMME, WITH_LEAD = "programme_id IS NOT NULL", "lead_id IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "programme",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("min_days", sa.Integer(), nullable=False),
        sa.Column("max_days", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("visits >= 2 AND price_minor >= 0", name=op.f("ck_programme_several")),
        sa.CheckConstraint("1 <= min_days AND min_days <= max_days", name=op.f("ck_programme_spacing")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
    )
    op.create_table(
        "deposit_share",
        sa.Column("deposit_id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_deposit_share_amount")),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposit.id"], name=op.f("fk_deposit_share_deposit_id")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_deposit_share_booking_id")),
        sa.PrimaryKeyConstraint("deposit_id", "booking_id", name=op.f("pk_deposit_share")),
    )
    op.create_index("ix_deposit_share_booking_id", "deposit_share", ["booking_id"])
    number = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    # SQLite takes a column with its reference in one go, and a reference alone never
    for table, column, other in (
        ("booking", "programme_id", "programme"),
        ("booking", "lead_id", "booking"),
        ("refund", "booking_id", "booking"),
    ):
        constraint = f"CONSTRAINT fk_{table}_{column} REFERENCES {other} (id)"
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {number} {constraint}")
    op.execute("UPDATE refund SET booking_id = (SELECT booking_id FROM deposit WHERE deposit.id = refund.deposit_id)")
    op.create_index(
        "ix_booking_programme",
        "booking",
        ["programme_id"],
        sqlite_where=sa.text(IN_PROGRAMME),
        postgresql_where=sa.text(IN_PROGRAMME),
    )
    op.create_index(
        "ix_booking_lead",
        "booking",
        ["lead_id"],
        sqlite_where=sa.text(WITH_LEAD),
        postgresql_where=sa.text(WITH_LEAD),
    )
    op.create_index("ix_refund_booking_id", "refund", ["booking_id"])


def downgrade() -> None:
    op.drop_index("ix_refund_booking_id", table_name="refund")
    op.drop_index("ix_booking_lead", table_name="booking")
    op.drop_index("ix_booking_programme", table_name="booking")
    with op.batch_alter_table("refund") as table:
        table.drop_column("booking_id")
    with op.batch_alter_table("booking") as table:
        table.drop_column("lead_id")
        table.drop_column("programme_id")
    op.drop_table("deposit_share")
    op.drop_table("programme")
