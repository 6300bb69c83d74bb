"""People of the practice: accounts, links, signing in, sittings, the second factor, and who opened health answers."""
