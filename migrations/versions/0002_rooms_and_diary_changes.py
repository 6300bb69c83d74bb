"""Rooms that people share, and changes of the weekly hours.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LIVE = "state IN ('held', 'confirmed', 'completed', 'no_show')"

ROOM_GUARD = f"""
ALTER TABLE booking ADD CONSTRAINT ex_booking_room EXCLUDE USING gist (
    int8range(hashtextextended(room, 0), hashtextextended(room, 0), '[]') WITH &&,
    tstzrange(busy_from, busy_until) WITH &&
) WHERE (room IS NOT NULL AND {LIVE})
"""


def upgrade() -> None:
    op.create_table(
        "diary_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("practitioner", sa.String(length=80), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('extra', 'off')", name=op.f("ck_diary_change_known_kind")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_diary_change_times_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diary_change")),
    )
    op.create_index("ix_diary_change_ends_at", "diary_change", ["ends_at"])
    op.create_table(
        "room_cell",
        sa.Column("room", sa.String(length=80), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booking_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_room_cell_booking_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("room", "starts_at", name=op.f("pk_room_cell")),
    )
    op.create_index(op.f("ix_room_cell_booking_id"), "room_cell", ["booking_id"])
    op.add_column("booking", sa.Column("room", sa.String(length=80), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(ROOM_GUARD)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("ex_booking_room", "booking")
    op.drop_column("booking", "room")
    op.drop_table("room_cell")
    op.drop_table("diary_change")
