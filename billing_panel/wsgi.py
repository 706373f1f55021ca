"""For a server of one's own, such as ``gunicorn billing_panel.wsgi:app``.

It must read requests whole, or stand behind a proxy that does (docs/serving.md).
"""

from billing_panel.runtime.app import create_app

app = create_app()
