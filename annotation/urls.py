"""Pages of annotation: /rate/ for who rates, /p/<slug>/campaigns/ for who asks."""

from django.urls import path

from annotation.views import join, manage, mine, people, rate

app_name = "annotation"
CAMPAIGNS = "p/<slug:slug>/campaigns/"
urlpatterns = [
    path("rate/", rate.home, name="home"),
    path("rate/campaigns/<int:pk>/", rate.campaign, name="campaign"),
    path("rate/campaigns/<int:pk>/start/", rate.start, name="start"),
    path("rate/campaigns/<int:pk>/undo/", rate.undo_last, name="undo_last"),
    path("rate/campaigns/<int:pk>/guidelines/", mine.guidelines, name="guidelines"),
    path("rate/campaigns/<int:pk>/answers/", mine.answers, name="answers"),
    path("rate/<str:token>/", rate.task, name="task"),
    path("rate/<str:token>/draft/", rate.draft, name="draft"),
    path("rate/<str:token>/heartbeat/", rate.heartbeat, name="heartbeat"),
    path("rate/<str:token>/skip/", rate.skip, name="skip"),
    path("rate/<str:token>/flag/", rate.flag, name="flag"),
    path("rate/<str:token>/undo/", rate.undo, name="undo"),
    path("rate/<str:token>/keep/", rate.keep, name="keep"),
    path("rate/<str:token>/change/", mine.change, name="change"),
    path("join/<str:secret>/", join.join, name="join"),
    path("study/<str:secret>/", join.study, name="study"),
    path("rate/campaigns/<int:pk>/finish/", join.finish, name="finish"),
    path(CAMPAIGNS, manage.campaigns, name="campaigns"),
    path(f"{CAMPAIGNS}new/", manage.new_campaign, name="new_campaign"),
    path(f"{CAMPAIGNS}<int:pk>/", manage.manage, name="manage"),
    path(f"{CAMPAIGNS}<int:pk>/state/", manage.change_state, name="change_state"),
    path(f"{CAMPAIGNS}groups/", people.groups, name="groups"),
    path(f"{CAMPAIGNS}groups/new/", people.new_group, name="new_group"),
    path(f"{CAMPAIGNS}groups/<int:pk>/", people.group, name="group"),
    path(f"{CAMPAIGNS}<int:pk>/people/", people.people, name="people"),
    path(f"{CAMPAIGNS}<int:pk>/annotators/", people.annotators, name="annotators"),
    path(f"{CAMPAIGNS}<int:pk>/groups/", people.campaign_groups, name="campaign_groups"),
    path(f"{CAMPAIGNS}<int:pk>/links/", people.new_invites, name="new_invites"),
    path(f"{CAMPAIGNS}<int:pk>/links/<int:invite>/revoke/", people.revoke, name="revoke_invite"),
    path(f"{CAMPAIGNS}<int:pk>/recruiter/", people.recruiter, name="recruiter"),
    path(f"{CAMPAIGNS}<int:pk>/study-link/", people.study_link, name="study_link"),
]
