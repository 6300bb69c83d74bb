"""What may not be said, shown or named: wording, marks that hide it, names between files, overdue reviews."""
