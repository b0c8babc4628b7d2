"""``jurybox demo``: a sample project on the embedded database, ready to look at and to rate."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User

from jurybox import demo, demo_judge
from jurybox.accounts import ensure_user, new_password
from jurybox.management.commands.up import Command as Up

ADMIN, ANNOTATOR = "admin", "annotator"


class Command(Up):
    """Build the sample project, then do what ``jurybox up`` does."""

    help = "Show Jurybox with a sample project: embedded database, simulated raters, three open campaigns."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what ``up`` takes, and how to get back in."""
        super().add_arguments(parser)
        parser.add_argument("--new-passwords", action="store_true", help="replace the passwords of both accounts")
        parser.add_argument("--build-only", action="store_true", help="make the sample project and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build what is missing, say who can sign in, and serve until a signal comes."""
        self.prepare(options["host"], options["port"])
        passwords = self.accounts(fresh=options["new_passwords"])
        if not demo.project_is_ready():
            self.build()
        demo_judge.offer(self.stderr.write, input if sys.stdin.isatty() and not options["build_only"] else None)
        self.tell_accounts(passwords)
        if not options["build_only"]:
            self.serve(options)

    def accounts(self, *, fresh: bool) -> dict[str, str]:
        """Make both accounts; return their passwords, "" where an account was there and keeps its own."""
        passwords = {
            ADMIN: ensure_user(ADMIN, is_admin=True),
            ANNOTATOR: ensure_user(ANNOTATOR),
        }
        if fresh:
            return {name: password or new_password(name) for name, password in passwords.items()}
        return passwords

    def build(self) -> None:
        """Build the sample project, a line for each step."""
        admin, annotator = (User.objects.get(username=name) for name in (ADMIN, ANNOTATOR))
        for step in demo.build(admin=admin, annotator=annotator):
            self.stderr.write(f"sample project: {step}")

    def tell_accounts(self, passwords: dict[str, str]) -> None:
        """Print new passwords once; they are stored as hashes only."""
        for name, password in passwords.items():
            what = "rates" if name == ANNOTATOR else "sees everything"
            known = password or "(as printed at the first start; --new-passwords makes new ones)"
            self.stderr.write(f"  {name:<10} {known:<20} {what}")
