"""A program that annotates through the API."""

from __future__ import annotations

from django.test import Client
from knox.models import AuthToken


class Api:
    """A client that signs in by token, as a program does."""

    def __init__(self, user) -> None:
        self.headers = {"Authorization": f"Token {AuthToken.objects.create(user=user)[1]}"}

    def post(self, path, body=None, **headers):
        return Client().post(
            f"/api/v1/{path}", body or {}, content_type="application/json", headers=self.headers | headers
        )

    def get(self, path):
        return Client().get(f"/api/v1/{path}", headers=self.headers)

    def submit(self, token, answers, key="1"):
        return self.post(f"assignments/{token}/submit/", {"answers": answers}, **{"Idempotency-Key": key})


def claimed(campaign, api):
    return api.post(f"campaigns/{campaign.pk}/claim/").json()["assignment"]
