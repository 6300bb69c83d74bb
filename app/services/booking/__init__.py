"""Booking a time: hold it, keep the answers, write who comes, confirm; one visit or several."""
