"""Use cases, verb and noun: one public function is one unit of work.

May import: domain, db. Outside systems arrive as arguments shaped by domain protocols.
"""
