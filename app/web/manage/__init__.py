"""The booking's own pages, behind the signed link that the client was sent. Only a POST changes anything."""
