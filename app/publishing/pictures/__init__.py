"""The pictures beside the texts: found, checked, made apart from the site, and put into their places."""
