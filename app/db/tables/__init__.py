"""The tables, one module per aggregate. Importing this package registers them all for Alembic."""

from app.db.tables.booking import BookingCellRow, BookingMoveRow, BookingReasonRow, BookingRow, RoomCellRow
from app.db.tables.deposit import DepositRow, DepositShareRow, RefundRow, StripeEventRow
from app.db.tables.diary import DiaryChangeRow
from app.db.tables.draft import DraftRow
from app.db.tables.enquiry import EnquiryMessageRow, EnquiryRow
from app.db.tables.ledger import LedgerEntryRow
from app.db.tables.movement import StripeMovementRow
from app.db.tables.outbox import OutboxRow, StaffTaskRow
from app.db.tables.programme import ProgrammeRow
from app.db.tables.staff import (
    StaffAccessRow,
    StaffCodeRow,
    StaffLinkRow,
    StaffRow,
    StaffSittingRow,
    StaffTryRow,
)
from app.db.tables.waitlist import WaitlistEntryRow
from app.db.tables.worker import MoneyAuditRow, WorkerStepRow

__all__ = [
    "BookingCellRow",
    "BookingMoveRow",
    "BookingReasonRow",
    "BookingRow",
    "DepositRow",
    "DepositShareRow",
    "DiaryChangeRow",
    "DraftRow",
    "EnquiryMessageRow",
    "EnquiryRow",
    "LedgerEntryRow",
    "MoneyAuditRow",
    "OutboxRow",
    "ProgrammeRow",
    "RefundRow",
    "RoomCellRow",
    "StaffAccessRow",
    "StaffCodeRow",
    "StaffLinkRow",
    "StaffRow",
    "StaffSittingRow",
    "StaffTaskRow",
    "StaffTryRow",
    "StripeEventRow",
    "StripeMovementRow",
    "WaitlistEntryRow",
    "WorkerStepRow",
]
