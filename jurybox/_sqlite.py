"""Use a SQLite that does not lose acknowledged writes.

SQLite 3.7.0 to 3.51.2 can lose a commit when a write-ahead log is reset while another connection reads it. Where the
system's library is older than the fix, the bundled one takes its place. Import this module before Django.
"""

import sqlite3
import sys

FIXED_IN = (3, 51, 3)


def use_fixed_sqlite() -> None:
    """Put ``pysqlite3`` in the place of an old ``sqlite3``, where it is installed."""
    if sqlite3.sqlite_version_info >= FIXED_IN:
        return
    try:
        import pysqlite3
        import pysqlite3.dbapi2
    except ImportError:
        return  # `jurybox up` says so: see jurybox.checks
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2


use_fixed_sqlite()
