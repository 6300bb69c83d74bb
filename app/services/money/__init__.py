"""Deposits, refunds, credit, disputes, and the comparison with Stripe."""
