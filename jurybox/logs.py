"""What standard error is told: one line each, and no secret that stands in an address."""

from __future__ import annotations

import logging
import re

# Links that let somebody in (annotation.urls): who reads the log must not come in by it.
_SECRET = re.compile(r"(/(?:join|study)/)[^/\s?#\"']+")
_BREAKS = str.maketrans({"\n": "\\n", "\r": "\\r", "\x1b": "\\x1b", "\x85": "\\x85", "\u2028": "\\u2028"})


def without_secrets(text: str) -> str:
    """Return a text in which no address has its secret."""
    return _SECRET.sub(r"\1…", text)


class Line(logging.Formatter):
    """A line per event; what strangers put into it cannot begin another."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name of the method it replaces
        """Write the line itself; a traceback follows on lines of its own."""
        record.message = record.message.translate(_BREAKS)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        """Write an event, its traceback too, without secrets."""
        return without_secrets(super().format(record))


class NoTraceback(logging.Filter):
    """For what a stranger can bring about at will, such as a wrong Host header: where in our code tells nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the line pass alone."""
        record.exc_info = record.exc_text = record.stack_info = None
        return True
