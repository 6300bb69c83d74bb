"""Tools for development: never part of the site, and refused where real clients are served."""
