#!/usr/bin/env python3
"""Django's entry point; the same program as ``jurybox``."""

from jurybox.cli import main

if __name__ == "__main__":
    main()
