"""Pages, forms, the error table, headers and the webhook.

May import: domain, publishing, services.
"""
