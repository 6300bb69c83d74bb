"""Markdown and YAML in content/ become a typed, checked, rendered library.

May import: domain. Knows neither Flask nor the database.
"""
