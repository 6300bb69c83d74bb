"""The tables, one module per aggregate. Importing this package registers them all for Alembic."""

from app.db.tables.booking import BookingCellRow, BookingReasonRow, BookingRow
from app.db.tables.deposit import DepositRow, RefundRow, StripeEventRow
from app.db.tables.draft import DraftRow
from app.db.tables.outbox import OutboxRow, StaffTaskRow

__all__ = [
    "BookingCellRow",
    "BookingReasonRow",
    "BookingRow",
    "DepositRow",
    "DraftRow",
    "OutboxRow",
    "RefundRow",
    "StaffTaskRow",
    "StripeEventRow",
]
