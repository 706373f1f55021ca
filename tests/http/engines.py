"""Which databases a test runs on, where it is not both."""

import pytest

# for rules that no SQL decides
ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"])
