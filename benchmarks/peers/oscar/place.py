"""Places orders in django-oscar when it is told to (``placing_loop``)."""

import django

django.setup()

from typing import Any  # noqa: E402 (nothing of Django is imported before it is set up)

from django.contrib.auth import get_user_model  # noqa: E402

from benchmarks.peers.django_statements import counted  # noqa: E402
from benchmarks.peers.oscar.ordering import order_three  # noqa: E402
from benchmarks.peers.placing_loop import answer  # noqa: E402

if __name__ == "__main__":
    users: Any = get_user_model()
    giant = users.objects.get(username="giant")
    answer(lambda: order_three(giant), counted())
