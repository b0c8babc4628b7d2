"""Pages for who asks: /p/<slug>/campaigns/."""

from django.urls import path

from annotation.views import (
    adjudicate,
    manage,
    names,
    people,
    preview,
    raters,
    reports,
    review,
    sample,
    settings,
    wizard,
)

CAMPAIGNS = "p/<slug:slug>/campaigns/"
REVIEW = f"{CAMPAIGNS}<int:pk>/review/"
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
    path(f"{CAMPAIGNS}<int:pk>/names/", names.names, name="names"),
    path(f"{CAMPAIGNS}<int:pk>/names/hide/", names.hide_names, name="hide_names"),
    path(f"{CAMPAIGNS}<int:pk>/names/<int:item>/", names.judge, name="judge_name"),
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
    path(REVIEW, review.review, name="review"),
    path(f"{REVIEW}names/", review.review_names, name="review_names"),
    path(f"{REVIEW}calibration/", review.review_calibrate, name="review_calibrate"),
    path(f"{REVIEW}next/", adjudicate.review_next, name="review_next"),
    path(f"{REVIEW}items/<int:item>/", adjudicate.review_take, name="review_take"),
    path(f"{REVIEW}<int:review>/", adjudicate.adjudicate, name="adjudicate"),
    path(f"{REVIEW}<int:review>/answers/", adjudicate.review_open, name="review_open"),
    path(f"{REVIEW}<int:review>/leave/", adjudicate.review_leave, name="review_leave"),
    path(f"{REVIEW}sample/", sample.review_sample, name="review_sample"),
    path(f"{REVIEW}sample/next/", sample.review_sample_next, name="review_sample_next"),
    path(f"{REVIEW}sample/<int:review>/", sample.review_answer, name="review_answer"),
    path(f"{REVIEW}sample/<int:review>/leave/", sample.review_answer_leave, name="review_answer_leave"),
    path(f"{REVIEW}sample/<int:review>/again/", sample.review_answer_again, name="review_answer_again"),
]
