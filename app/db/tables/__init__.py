"""The tables, one module per aggregate. Importing this package registers them all for Alembic."""

from app.db.tables.booking import BookingCellRow, BookingReasonRow, BookingRow, RoomCellRow
from app.db.tables.credit import CreditRow
from app.db.tables.deposit import DepositRow, RefundRow, StripeEventRow
from app.db.tables.diary import DiaryChangeRow
from app.db.tables.draft import DraftRow
from app.db.tables.enquiry import EnquiryRow
from app.db.tables.outbox import OutboxRow, StaffTaskRow
from app.db.tables.waitlist import WaitlistEntryRow
from app.db.tables.worker import MoneyAuditRow, WorkerStepRow

__all__ = [
    "BookingCellRow",
    "BookingReasonRow",
    "BookingRow",
    "CreditRow",
    "DepositRow",
    "DiaryChangeRow",
    "DraftRow",
    "EnquiryRow",
    "MoneyAuditRow",
    "OutboxRow",
    "RefundRow",
    "RoomCellRow",
    "StaffTaskRow",
    "StripeEventRow",
    "WaitlistEntryRow",
    "WorkerStepRow",
]
