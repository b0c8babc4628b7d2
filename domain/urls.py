"""Pages of a project."""

from django.urls import path, re_path

from domain.views import audit, data, imports, projects, rubrics, settings

app_name = "domain"
PROJECT = "p/<slug:slug>/"
PARTS = "|".join(data.PARTS)

urlpatterns = [
    path("projects/new/", projects.new_project, name="new_project"),
    path(PROJECT, projects.project, name="project"),
    path(f"{PROJECT}data/", data.data, name="data"),
    re_path(rf"^p/(?P<slug>[-\w]+)/data/(?P<part>{PARTS})/$", data.data, name="data_part"),
    path(f"{PROJECT}data/prompts/<int:pk>/", data.prompt, name="prompt"),
    path(f"{PROJECT}data/battles/<int:pk>/", data.battle, name="battle"),
    path(f"{PROJECT}data/imports/", imports.imports, name="imports"),
    path(f"{PROJECT}data/imports/new/", imports.new_import, name="new_import"),
    path(f"{PROJECT}data/imports/start/", imports.start_import, name="start_import"),
    path(f"{PROJECT}data/imports/<int:pk>/stop/", imports.stop_import, name="stop_import"),
    path(f"{PROJECT}data/imports/<int:pk>/", imports.one_import, name="import"),
    path(f"{PROJECT}data/imports/<int:pk>/errors.csv", imports.import_errors, name="import_errors"),
    path(f"{PROJECT}rubrics/", rubrics.rubrics, name="rubrics"),
    path(f"{PROJECT}rubrics/new/", rubrics.new_rubric, name="new_rubric"),
    path(f"{PROJECT}rubrics/<int:pk>/", rubrics.rubric, name="rubric"),
    path(f"{PROJECT}rubrics/<int:pk>/new-version/", rubrics.new_version, name="new_version"),
    path(f"{PROJECT}settings/log/", audit.audit, name="audit"),
    re_path(r"^p/(?P<slug>[-\w]+)/settings/log/log\.(?P<kind>csv|jsonl)$", audit.audit_file, name="audit_file"),
    path(f"{PROJECT}settings/", settings.settings, name="settings"),
    path(f"{PROJECT}settings/details/", settings.details, name="settings_details"),
    path(f"{PROJECT}settings/members/", settings.add_member, name="add_member"),
    path(f"{PROJECT}settings/members/<int:user_id>/", settings.change_member, name="change_member"),
]
