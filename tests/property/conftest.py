"""Every run tries the same examples, 100 of them unless a test says how many; none is timed."""

from hypothesis import settings

settings.register_profile("repeatable", max_examples=100, derandomize=True, deadline=None)
settings.load_profile("repeatable")
