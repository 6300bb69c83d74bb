"""Named queries per aggregate, used inside a unit of work that a service opened. Nothing here commits."""
