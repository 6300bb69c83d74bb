"""The rules of the practice as pure functions over frozen values.

May import: the standard library only. `now` is always an argument, always aware and UTC.
"""
