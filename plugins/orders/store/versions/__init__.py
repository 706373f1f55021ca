"""Versions of workflows as they are kept, and the language they are read in."""
