"""The staff's list in plain words: what each kind of task means, and what to do. docs/payments.md says more."""

from __future__ import annotations

from dataclasses import dataclass

from app.services.upkeep.staff_tasks import StaffTask


@dataclass(frozen=True, slots=True)
class Words:
    """What happened, and what to do about it."""

    title: str
    do: str


TASKS = {
    "deposit.rejected": Words("No payment page", "Read the reason. Often the Stripe account asks for something."),
    "deposit.mismatch": Words("A payment that does not fit", "Look in Stripe. Refund it there if it is not ours."),
    "deposit.conflict": Words("Paid after the time had gone", "Nothing about money. Phone the client, offer a time."),
    "deposit.slow": Words("The bank has not decided", "The visit is within a day. Phone the client about it."),
    "deposit.inquiry": Words("A bank asks about a payment", "Answer in Stripe before its date, or refund it there."),
    "deposit.dispute": Words("A payment is disputed", "Answer in Stripe before its date, with the evidence page."),
    "deposit.dispute_lost": Words("A dispute was lost", "Decide whether a visit ahead still stands."),
    "refund.failed": Words("A refund did not go through", "Pay it back another way and note it."),
    "refund.refused": Words("A refund was refused", "Pay it back another way and note it."),
    "refund.waits": Words("A refund waits for a dispute", "Settle the dispute. The refund follows by itself."),
    "refund.foreign": Words("Refunded in Stripe itself", "Check whether the visit still stands."),
    "key.rights": Words("The Stripe key lacks a right", "Add the right in Stripe, or make a new key."),
    "audit.unknown_payment": Words("Stripe took money unknown here", "Tell whoever looks after the server."),
    "audit.unbooked_payment": Words("Paid at Stripe, not here", "Look at both, then refund or book."),
    "audit.unpaid_deposit": Words("Paid here, unknown at Stripe", "Do not rely on it. Look in Stripe, ask the client."),
    "audit.unknown_refund": Words("A refund unknown here", "Stripe is right: pay what is missing another way."),
    "audit.refund_amount": Words("A refund of another amount", "Stripe is right: pay what is missing another way."),
    "audit.amount_moved": Words("An amount is not the same", "Stripe is right. Find out why before the month ends."),
    "restore.by_hand": Words("A payment to put back by hand", "Write to the client, then book or refund."),
    "restore.part_refunded": Words("Put back, partly refunded", "Ask the client whether it stands."),
    "outbox.failed": Words("An email was given up", "Phone the client and mend the address, or try again."),
    "diary.clash": Words("A visit falls on time off", "Move or cancel it with its client."),
    "booking.guardian": Words("A visit for a minor", "Phone the guardian before the visit."),
    "booking.intake": Words("Health questions to send", "Send them before the visit."),
}
UNKNOWN = Words("To look at", "It says what to do.")
#: What each kind of e-mail is, for "was given up".
MAILS = {
    "mail.confirmed": "The confirmation of a visit",
    "mail.moved": "The new time of a visit",
    "mail.reminder": "The reminder of a visit",
    "mail.restored": "The news that a visit was put back",
    "mail.cancelled": "The news that a visit is cancelled",
    "mail.payment_conflict": "The news that a payment goes back",
    "mail.payment_failed": "The news that a payment did not arrive",
    "mail.credit": "The news about credit",
    "mail.enquiry_received": "The note that a question arrived",
    "mail.enquiry_note": "A question from the website, to the practice",
    "mail.enquiry_answer": "Our answer to a question",
    "mail.call_note": "The news about a call, to the practice",
    "mail.waitlist_joined": "The link to someone's place in the waiting list",
    "mail.waitlist_offer": "The offer of a free time",
    "mail.staff_link": "The link for someone of the practice to choose a password",
    "mail.staff_changed": "The news that someone's way to sign in has changed",
}
#: What each step of the worker does.
STEPS = {
    "outbox": "Sending emails",
    "reminders": "Reminding clients of visits",
    "payment events": "Following what Stripe tells us",
    "open deposits": "Asking Stripe about open payments",
    "refunds": "Sending refunds",
    "pictures": "Making pictures for texts",
    "texts": "Reading new texts",
    "search": "Preparing the search",
    "missed events": "Looking for news from Stripe that we missed",
    "money audit": "Comparing our books with Stripe",
    "key rights": "Trying the rights of the Stripe key",
    "expired holds": "Giving back times that were held",
    "waitlist": "Offering free times to those who wait",
    "old drafts": "Forgetting bookings that were not finished",
    "old networks": "Forgetting who asked from where",
    "old reasons": "Forgetting old health answers",
    "old enquiries": "Forgetting old questions",
    "old traces of staff": "Forgetting where staff signed in",
    "given up holds": "Forgetting people behind holds that came to nothing",
    "old letters": "Forgetting which emails were sent long ago",
}


def words_for(task: StaffTask) -> Words:
    """The words for one task; of work that was given up, what it was."""
    words = TASKS.get(task.kind, UNKNOWN)
    if task.work is None or task.work not in MAILS:
        return words
    return Words(f"{MAILS[task.work]} could not be sent", words.do)
