"""The WSGI application that the production server runs."""

import os

from django.core.wsgi import get_wsgi_application

import jurybox._sqlite  # noqa: F401 - before Django loads sqlite3

os.environ["JURYBOX_SERVING"] = "1"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jurybox.settings")
application = get_wsgi_application()
