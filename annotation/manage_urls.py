"""Pages for who asks: /p/<slug>/campaigns/."""

from django.urls import path

from annotation.views import manage, people, preview, raters, reports, settings, wizard

CAMPAIGNS = "p/<slug:slug>/campaigns/"
TASKS_IN_PREVIEW = [  # before the addresses of real tasks, whose tokens are longer
    path("rate/preview-<int:pk>-<int:n>/", preview.preview, name="preview"),
    path("rate/preview-<int:pk>-<int:n>/<str:what>/", preview.preview_step, name="preview_step"),
]
urlpatterns = [
    path(CAMPAIGNS, manage.campaigns, name="campaigns"),
    path(f"{CAMPAIGNS}new/", wizard.new_campaign, name="new_campaign"),
    path(f"{CAMPAIGNS}plan/", wizard.plan_campaign, name="plan_campaign"),
    path(f"{CAMPAIGNS}groups/", people.groups, name="groups"),
    path(f"{CAMPAIGNS}groups/new/", people.new_group, name="new_group"),
    path(f"{CAMPAIGNS}groups/<int:pk>/", people.group, name="group"),
    path(f"{CAMPAIGNS}<int:pk>/", manage.manage, name="manage"),
    path(f"{CAMPAIGNS}<int:pk>/state/", manage.change_state, name="change_state"),
    path(f"{CAMPAIGNS}<int:pk>/people/", people.people, name="people"),
    path(f"{CAMPAIGNS}<int:pk>/quality/", raters.quality, name="quality"),
    path(f"{CAMPAIGNS}<int:pk>/quality/policy/", raters.policy, name="policy"),
    path(f"{CAMPAIGNS}<int:pk>/quality/calibration/", raters.calibrate, name="calibrate"),
    path(f"{CAMPAIGNS}<int:pk>/people/<int:participant>/", raters.rater, name="rater"),
    path(f"{CAMPAIGNS}<int:pk>/people/<int:participant>/standing/", raters.decide, name="decide"),
    path(f"{CAMPAIGNS}<int:pk>/annotators/", people.annotators, name="annotators"),
    path(f"{CAMPAIGNS}<int:pk>/groups/", people.campaign_groups, name="campaign_groups"),
    path(f"{CAMPAIGNS}<int:pk>/links/", people.new_invites, name="new_invites"),
    path(f"{CAMPAIGNS}<int:pk>/links/<int:invite>/revoke/", people.revoke, name="revoke_invite"),
    path(f"{CAMPAIGNS}<int:pk>/recruiter/", people.recruiter, name="recruiter"),
    path(f"{CAMPAIGNS}<int:pk>/study-link/", people.study_link, name="study_link"),
    path(f"{CAMPAIGNS}<int:pk>/settings/", settings.settings, name="settings"),
    path(f"{CAMPAIGNS}<int:pk>/settings/overlap/", settings.overlap, name="raise_overlap"),
    path(f"{CAMPAIGNS}<int:pk>/settings/priority/", settings.priority, name="priority"),
    path(f"{CAMPAIGNS}<int:pk>/go-on/", settings.go_on, name="go_on"),
    path(f"{CAMPAIGNS}<int:pk>/pay/", reports.pay, name="pay"),
    path(f"{CAMPAIGNS}<int:pk>/pay/file/", reports.pay_file, name="pay_file"),
    path(f"{CAMPAIGNS}<int:pk>/answers/file/", reports.answers_file, name="answers_file"),
]
