"""``gunicorn billing_panel.wsgi:app``"""

from billing_panel.app import create_app

app = create_app()
