"""What is measured, beside which peers: README.md."""

import os

from jurybox.cli import BLAS_THREADS

if not any(name in os.environ for name in BLAS_THREADS):  # as the commands do, before numpy is imported
    os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))
