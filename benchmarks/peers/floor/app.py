"""The barest page of orders, for a server of its own, on the panel's database (FLOOR_DATABASE).

No shop can be quicker that reads three tables by this driver and draws them by Jinja.
"""

import os

from sqlalchemy import make_url

from benchmarks.measuring.plain_sql import Plain
from benchmarks.reading.barest_page import barest_app

app = barest_app(Plain(make_url(os.environ["FLOOR_DATABASE"])))
