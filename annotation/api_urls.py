"""API endpoints of annotation, under /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from annotation import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("campaigns/", api.Campaigns.as_view(), name="campaigns"),
    path("campaigns/<int:pk>/claim/", api.Claim.as_view(), name="claim"),
    path("campaigns/<int:pk>/undo/", api.Undo.as_view(), name="undo"),
    path("campaigns/<int:pk>/rest/", api.Rest.as_view(), name="rest"),
    path("campaigns/<int:pk>/withdraw/", api.Withdraw.as_view(), name="withdraw"),
    path("assignments/<str:token>/submit/", api.Submit.as_view(), name="submit"),
    path("assignments/<str:token>/heartbeat/", api.Heartbeat.as_view(), name="heartbeat"),
    path("assignments/<str:token>/draft/", api.DraftView.as_view(), name="draft"),
    path("assignments/<str:token>/skip/", api.Skip.as_view(), name="skip"),
    path("assignments/<str:token>/flag/", api.Flag.as_view(), name="flag"),
    path("assignments/<str:token>/keep/", api.Keep.as_view(), name="keep"),
]
