"""What a page asks for, and the dialogs that it opens."""

from __future__ import annotations

from playwright.sync_api import Page


def requests_of(page: Page) -> list[str]:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("dialog", lambda dialog: requests.append(f"dialog {dialog.message}"))
    return requests
