"""Command line commands, the worker, and the e-mails it composes.

May import: domain, publishing, services.
"""
