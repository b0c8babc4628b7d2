"""Pages of annotation: /rate/ for who rates, /p/<slug>/campaigns/ for who asks."""

from django.urls import path

from annotation import manage_urls
from annotation.views import comments, join, mine, rate, training

app_name = "annotation"
urlpatterns = [
    path("rate/", rate.home, name="home"),
    path("rate/campaigns/<int:pk>/", rate.campaign, name="campaign"),
    path("rate/campaigns/<int:pk>/start/", rate.start, name="start"),
    path("rate/campaigns/<int:pk>/undo/", rate.undo_last, name="undo_last"),
    path("rate/campaigns/<int:pk>/rest/", rate.rest, name="rest"),
    path("rate/campaigns/<int:pk>/leave/", rate.leave, name="leave"),
    path("rate/campaigns/<int:pk>/guidelines/", mine.guidelines, name="guidelines"),
    path("rate/campaigns/<int:pk>/answers/", mine.answers, name="answers"),
    *manage_urls.TASKS_IN_PREVIEW,
    path("rate/<str:token>/", rate.task, name="task"),
    path("rate/<str:token>/feedback/", training.feedback, name="feedback"),
    path("rate/<str:token>/draft/", rate.draft, name="draft"),
    path("rate/<str:token>/heartbeat/", rate.heartbeat, name="heartbeat"),
    path("rate/<str:token>/skip/", rate.skip, name="skip"),
    path("rate/<str:token>/flag/", rate.flag, name="flag"),
    path("rate/<str:token>/undo/", rate.undo, name="undo"),
    path("rate/<str:token>/keep/", rate.keep, name="keep"),
    path("rate/<str:token>/change/", mine.change, name="change"),
    path("rate/<str:token>/comments/", comments.reply, name="reply"),
    path("join/<str:secret>/", join.join, name="join"),
    path("study/<str:secret>/", join.study, name="study"),
    path("rate/campaigns/<int:pk>/finish/", join.finish, name="finish"),
    *manage_urls.urlpatterns,
]
