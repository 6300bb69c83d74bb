"""Free times, and what changes the weekly hours."""
