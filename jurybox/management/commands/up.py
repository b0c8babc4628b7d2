"""``jurybox up``: migrate, serve, run the embedded worker."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from jurybox import environment, server
from jurybox.accounts import ensure_admin


class Command(BaseCommand):
    """Start an installation for real use."""

    help = "Bring the database up to date, serve the pages and run the embedded worker, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say where to listen."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
        parser.add_argument("--web-processes", type=int, help="web processes (default: 1 on SQLite, 2 on PostgreSQL)")
        parser.add_argument("--no-worker", action="store_true", help="serve pages only; run workers elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal comes."""
        self.prepare(options["host"], options["port"])
        self.tell_about_admin(*ensure_admin(environment.text("ADMIN_PASSWORD")))
        self.serve(options)

    def prepare(self, host: str, port: int) -> None:
        """Check the port before anything is changed, then bring the database up to date."""
        try:
            server.refuse_taken_port(host, port)
        except OSError as error:
            raise CommandError(str(error), returncode=2) from None
        call_command("migrate", interactive=False, verbosity=0)

    def serve(self, options: dict[str, Any]) -> None:
        """Run web server and worker until a signal comes."""
        processes = options["web_processes"] or (2 if connection.vendor == "postgresql" else 1)
        connection.close()  # nothing of this process's is shared with its children
        parts = [server.web(options["host"], options["port"], processes)]
        if not options["no_worker"]:
            parts.append(server.worker())
        host = f"[{options['host']}]" if ":" in options["host"] else options["host"]
        local = "127.0.0.1" if host in ("0.0.0.0", "[::]") else host  # noqa: S104 - compared, not bound
        address = f"http://{local}:{options['port']}"
        status = server.run(parts, address, settings.ALLOWED_HOSTS[0], lambda: self.tell_address(address))
        if status:
            raise CommandError("the web server did not start; its message is above", returncode=1)

    def tell_address(self, address: str) -> None:
        """Say where the pages are."""
        if settings.BEHIND_TLS:
            self.stderr.write(
                f"Jurybox listens on {address} for a proxy that speaks HTTPS (docs/deploy.md).\n"
                "To try it without one: JURYBOX_HTTPS=0 jurybox up"
            )
        else:
            self.stderr.write(f"Jurybox runs at {address}\nStop it with Ctrl-C.")

    def tell_about_admin(self, name: str, password: str) -> None:
        """Print a new password once; it is stored as a hash only."""
        if password:
            self.stderr.write(f"First run: sign in as {name} with password {password} (shown once; change it there).")
