"""People of the practice who sign in, their sittings, links, recovery codes and wrong tries, and the access record.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=True),
        sa.Column("factor", sa.LargeBinary(), nullable=True),
        sa.Column("factor_at", TIME, nullable=True),
        sa.Column("factor_step", sa.Integer(), nullable=True),
        sa.Column("new_factor", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("removed_at", TIME, nullable=True),
        sa.CheckConstraint("role IN ('therapist', 'desk')", name=op.f("ck_staff_known_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    _links_and_sittings()
    op.create_table(
        "staff_code",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        _of_staff("staff_code", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_code")),
    )
    op.create_index(op.f("ix_staff_code_staff_id"), "staff_code", ["staff_id"])
    op.create_table(
        "staff_try",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_staff_try")),
    )
    op.create_index(op.f("ix_staff_try_last_at"), "staff_try", ["last_at"])
    op.create_table(
        "staff_access",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("at", TIME, nullable=False),
        _of_staff("staff_access"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_access")),
    )
    op.create_index(op.f("ix_staff_access_staff_id"), "staff_access", ["staff_id"])
    op.create_index(op.f("ix_staff_access_at"), "staff_access", ["at"])


def _links_and_sittings() -> None:
    op.create_table(
        "staff_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.CheckConstraint("purpose IN ('welcome', 'forgot')", name=op.f("ck_staff_link_known_purpose")),
        _of_staff("staff_link", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_link")),
    )
    op.create_index(op.f("ix_staff_link_staff_id"), "staff_link", ["staff_id"])
    op.create_index(op.f("ix_staff_link_ends_at"), "staff_link", ["ends_at"])
    op.create_table(
        "staff_sitting",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=True),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("fresh_codes", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.CheckConstraint("stage IN ('code', 'factor', 'full')", name=op.f("ck_staff_sitting_known_stage")),
        _of_staff("staff_sitting", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sitting")),
        sa.UniqueConstraint("digest", name=op.f("uq_staff_sitting_digest")),
    )
    op.create_index(op.f("ix_staff_sitting_staff_id"), "staff_sitting", ["staff_id"])
    op.create_index(op.f("ix_staff_sitting_seen_at"), "staff_sitting", ["seen_at"])


def _of_staff(table: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f(f"fk_{table}_staff_id"), ondelete=ondelete)


def downgrade() -> None:
    for table in ("staff_access", "staff_try", "staff_code", "staff_sitting", "staff_link", "staff"):
        op.drop_table(table)
