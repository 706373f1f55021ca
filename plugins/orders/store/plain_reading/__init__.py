"""Orders read by statements that are made once, past what a session does for each object."""
