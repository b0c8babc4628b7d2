"""The ASGI application, for deployments that need one; the production server runs wsgi.py."""

import os

from django.core.asgi import get_asgi_application

import jurybox._sqlite  # noqa: F401 - before Django loads sqlite3

os.environ["JURYBOX_SERVING"] = "1"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jurybox.settings")
application = get_asgi_application()
