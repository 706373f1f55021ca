"""Where what plugins bring to orders stands in each session of a panel (``Session.info``).

Both are ``Lazy``: made when they are first asked for.
"""

LANGUAGE = "orders.language"
EXTENSIONS = "orders.extensions"
