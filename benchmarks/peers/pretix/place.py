"""Places orders in pretix when it is told to (``placing_loop``)."""

import django

django.setup()

from benchmarks.peers.django_statements import counted  # noqa: E402 (after Django is set up)
from benchmarks.peers.placing_loop import answer  # noqa: E402
from benchmarks.peers.pretix.ordering import Shop  # noqa: E402

if __name__ == "__main__":
    answer(Shop().order_three, counted())
