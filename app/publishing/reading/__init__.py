"""From files to readings: found, split, parsed, kept on disk, and read again when they change."""
