"""Fixtures of the tests in a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page
from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def rate(client: Client, new_context: Callable[..., BrowserContext], live_server: LiveServer) -> Callable[..., Page]:
    """Sign somebody in and open their rating page."""

    def open_page(user: Any, **options: Any) -> Page:
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context = new_context(**{"viewport": {"width": 1440, "height": 900}} | options)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.goto("/rate/")
        return page

    return open_page
