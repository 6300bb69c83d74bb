"""Work without a visitor: the outbox, the worker's turns, the staff's list, forgetting, and how it all is."""
