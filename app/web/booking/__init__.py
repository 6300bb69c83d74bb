"""The six steps of a booking, each a page with one decision: reason (1-2), choice (3-4), payment (5-6).

Answers are kept with the visitor's draft, so that going back loses nothing. No address after the first step tells why
someone comes.
"""
