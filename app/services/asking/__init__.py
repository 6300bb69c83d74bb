"""For people who have not booked: questions, calls, and waiting for a time."""
