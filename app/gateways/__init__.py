"""The outside world: the only import of `stripe`, the only sender of mail.

May import: domain.
"""
