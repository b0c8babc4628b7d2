"""Play campaigns on an embedded database: ``python -m tests.simulation [SEEDS [PEOPLE IN MEMORY [FIRST SEED]]]``."""

from __future__ import annotations

import os
import sys
import tempfile


def main(seeds: int = 5, replications: int = 5_000, first: int = 101) -> int:
    """Print what quality control found in each campaign and over many people; 1 where a bar is missed."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"JURYBOX_HOME": home, "DJANGO_SETTINGS_MODULE": "jurybox.settings"}
        os.environ.pop("JURYBOX_DATABASE_URL", None)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from tests.simulation.run import report

        return report(range(first, first + seeds), replications)


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:4])))
