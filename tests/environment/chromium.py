"""Find a Chromium to drive, and watch what its pages do."""

from __future__ import annotations

import os
import shutil
import subprocess
from urllib.parse import urlsplit

from playwright._impl._driver import compute_driver_executable
from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

# Without any font Chromium draws no text; libatomic1 is what Playwright's own program needs beyond a bare Debian.
PACKAGES = ("chromium", "fonts-dejavu-core", "libatomic1")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LAUNCH = {
    # The rule keeps a page that names a foreign host on this machine, whatever else fails.
    "args": [
        "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    ],
}
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", event =>
    console.error(`content security policy: ${event.violatedDirective} blocked ${event.blockedURI || "inline"}`));
"""
NEVER_LEAVES = ("about", "blob", "data")


def find_chromium() -> str | None:
    """Return the path of a Chromium that can be driven: ``CHROMIUM`` if set, else the first of the usual names."""
    if not _runs(compute_driver_executable()[0]):
        return None
    names = (os.environ.get("CHROMIUM"), *NAMES)
    paths = (shutil.which(name) for name in names if name)
    return next((path for path in paths if path and _runs(path)), None)


def _runs(path: str) -> bool:
    """Ask it: one may lack a library, or be a wrapper that only advises to install another package."""
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


class PageWatch:
    """Collects what no page of ours may do, in every page of the contexts it watches.

    That is: an error in the console (a content security policy violation is one), an exception nobody caught, a
    request to another host, a missing file, a server error. A form sent back with 4xx is not among them.
    """

    def __init__(self, origin: str) -> None:
        self.origin = _origin(origin)
        self.problems: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Listen to a context; call it before the context opens its first page."""
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", self._exception)
        context.on("request", self._request)
        context.on("response", self._response)

    def clear(self) -> list[str]:
        """Return the problems so far and forget them, for a test that provokes one."""
        problems, self.problems = self.problems, []
        return problems

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium logs each 4xx answer; whether it is a problem is decided in _response.
        if message.type == "error" and not message.text.startswith("Failed to load resource: the server responded"):
            self.problems.append(f"console: {message.text}")

    def _exception(self, error: WebError) -> None:
        self.problems.append(f"exception: {error.error}")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).scheme not in NEVER_LEAVES and _origin(request.url) != self.origin:
            self.problems.append(f"request to another host: {request.method} {request.url[:200]}")

    def _response(self, response: Response) -> None:
        wanted = response.request.resource_type not in ("document", "xhr", "fetch")
        if response.status >= 500 or (response.status >= 400 and wanted and not _is_favicon(response.url)):
            self.problems.append(f"status {response.status}: {response.url[:200]}")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_favicon(url: str) -> bool:
    """The browser asks for it by itself."""
    return urlsplit(url).path == "/favicon.ico"
