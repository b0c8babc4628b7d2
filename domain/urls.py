"""Pages of a project."""

from django.urls import path

from domain import views

app_name = "domain"
urlpatterns = [
    path("p/<slug:slug>/", views.project, name="project"),
]
