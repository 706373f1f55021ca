"""Connections to a database, on settings that keep what was acknowledged."""
