"""Yardsticks kept beside the product: every figure is a ratio to something measured in the same run."""
