"""Measure coverage: ``python -m tests.coverage [PART OF A NAME]``."""

from __future__ import annotations

import sys

from tests.coverage.run import main

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
