"""Tables, named queries per aggregate, and the only commit (`unit_of_work`).

May import: domain. Constraint names become domain refusals in one place (`constraints`).
"""
