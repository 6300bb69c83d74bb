"""What schema.org says of the types that our pages use: a small extract, made by `python -m dev.vocabulary`."""
