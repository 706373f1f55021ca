"""Where the names of all functions stand in a session of the panel (``Session.info``)."""

KNOWN = "notices.known"
