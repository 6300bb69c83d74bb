"""After booking: cancel, move, hand over, and the links and calendar files that clients are sent."""
