"""One include per app: an urls.py owns its app's full paths (``p/<slug>/runs/``), an api_urls.py those of the API."""

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView

from domain.views.projects import projects
from jurybox import tokens, views

API: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include("annotation.api_urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", projects, name="home"),
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", set_language, name="set_language"),
    path("password/", views.PasswordChange.as_view(), name="password_change"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/tokens/<str:token_key>/revoke/", tokens.revoke, name="revoke_token"),
    path("healthz", views.health, name="health"),
    path("api/v1/", include((API, "api"))),
    path("", include("domain.urls")),
    path("", include("annotation.urls")),
    path("", include("judges.urls")),
    path("", include("analysis.urls")),
]

handler400 = "jurybox.views.bad_request"
handler403 = "jurybox.views.forbidden"
handler404 = "jurybox.views.not_found"
handler500 = "jurybox.views.failed"
