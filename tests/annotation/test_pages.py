"""The annotator's pages, as plain forms and as htmx sees them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotation.models import Assignment, Campaign
from annotation.services import claim, close_campaign, pause_campaign, submit
from domain.models import Prompt, Response, Verdict
from tests.annotation.make import annotator_of, direct_campaign, held, left, pairwise_campaign, value
from tests.annotation.working import expire
from tests.factories import LIKERT, SLIDER, make_rubric

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def job(client):
    """A signed-in annotator with a task of a pairwise campaign of two items."""
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    client.force_login(user)
    return campaign, user, held(claim(user, campaign))


def at(name, task):
    return reverse(f"annotation:{name}", args=[task.token])


def test_the_home_lists_what_there_is_to_rate(client, job):
    campaign, _, _ = job
    page = client.get(reverse("annotation:home")).content.decode()
    assert campaign.name in page
    assert "0 of 2" in page
    assert "Start" in page


def test_the_home_of_somebody_without_campaigns_says_what_will_appear(client):
    client.force_login(annotator_of(pairwise_campaign(is_open=False)))
    assert "No campaign has been opened to you" in client.get(reverse("annotation:home")).content.decode()


@pytest.mark.parametrize(
    ("end", "says"), [(pause_campaign, "Paused by whoever runs it"), (close_campaign, "No more answers are needed")]
)
def test_the_home_says_why_a_campaign_cannot_be_gone_on_with(client, job, end, says):
    end(job[0])
    assert says in client.get(reverse("annotation:home")).content.decode()


def test_starting_goes_to_the_task_and_again_to_the_same(client, job):
    campaign, _, task = job
    for _ in range(2):
        answer = client.post(reverse("annotation:start", args=[campaign.pk]))
        assert (answer.status_code, answer.url) == (302, at("task", task))


def test_looking_claims_nothing(client):
    campaign = pairwise_campaign(1)
    client.force_login(annotator_of(campaign))
    client.get(reverse("annotation:home"))
    client.get(reverse("annotation:campaign", args=[campaign.pk]))
    assert not Assignment.objects.exclude(state="open").exists()


def test_an_answer_by_a_plain_form_redirects_to_the_next_task(client, job):
    campaign, user, task = job
    page = client.get(at("task", task)).content.decode()
    assert "<form" in page
    answer = client.post(at("task", task), {"answer-preference": "left:2", "confidence": "4", "key": "1"})
    following = held(claim(user, campaign))
    assert (answer.status_code, answer.url) == (302, at("task", following))
    assert Verdict.objects.get().scores.get().strength == 2


def test_an_answer_by_htmx_brings_the_next_card_alone(client, job):
    campaign, user, task = job
    answer = client.post(at("task", task), {"answer-preference": "right:1", "key": "1"}, headers=HTMX)
    page, following = answer.content.decode(), held(claim(user, campaign))
    assert answer.status_code == 200
    assert 'id="task-card"' in page
    assert "<html" not in page
    assert at("task", following) in page
    assert answer["HX-Replace-Url"] == at("task", following)
    assert "1 of 2" in page  # progress comes along, out of band


def test_the_last_answer_brings_the_reason_why_there_is_no_more(client, job):
    campaign, user, task = job
    following = held(submit(user, task.token, left(), key="1").next)
    answer = client.post(at("task", following), {"answer-preference": "tie", "key": "2"}, headers=HTMX)
    assert "This campaign is complete" in answer.content.decode()
    assert "2 of 2" in answer.content.decode()
    assert answer["HX-Replace-Url"] == reverse("annotation:campaign", args=[campaign.pk])
    page = client.get(reverse("annotation:campaign", args=[campaign.pk])).content.decode()
    assert "This campaign is complete" in page


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "Not answered yet: Preference."),
        ({"answer-preference": "left:9"}, "from 1 to 5"),
        ({"answer-preference": "up"}, "left"),
        ({"answer-preference": "tie", "confidence": "9"}, "confidence"),
        ({"answer-preference": "tie", "rationale": "x" * 5001}, "5001 characters"),
    ],
)
def test_a_bad_form_says_why_and_keeps_what_was_entered(client, job, headers, sent, says):
    answer = client.post(at("task", job[2]), {"rationale": "my words", "key": "1"} | sent, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert sent.get("rationale", "my words") in page
    assert not Verdict.objects.exists()


def test_a_number_off_a_slider_is_sent_back_with_its_text(client):
    campaign = direct_campaign(1, is_open=False)
    campaign = direct_campaign(
        1, project=campaign.project, name="Sliders", rubric=make_rubric(campaign.project, LIKERT, SLIDER)
    )
    user = annotator_of(campaign)
    client.force_login(user)
    task = held(claim(user, campaign))
    answer = client.post(at("task", task), {"answer-helpfulness": "3", "answer-fluency": "abc", "key": "1"})
    assert answer.status_code == 422
    assert "abc" in answer.content.decode()
    client.post(at("task", task), {"answer-helpfulness": "3", "answer-fluency": "33.5", "key": "1"})
    assert set(Verdict.objects.get().scores.values_list("value", flat=True)) == {3, 33.5}


def test_the_same_form_twice_is_one_verdict(client, job):
    sent = {"answer-preference": "left:1", "key": "same"}
    first, second = (client.post(at("task", job[2]), sent) for _ in range(2))
    assert first.url == second.url
    assert Verdict.objects.count() == 1


def test_another_answer_from_an_old_tab_shows_how_things_stand(client, job):
    client.post(at("task", job[2]), {"answer-preference": "left:1", "key": "1"})
    plain = client.post(at("task", job[2]), {"answer-preference": "right:1", "key": "2"}, follow=True)
    assert "You have answered this task" in plain.content.decode()
    swapped = client.post(at("task", job[2]), {"answer-preference": "right:1", "key": "2"}, headers=HTMX)
    assert swapped["HX-Refresh"] == "true"
    assert Verdict.objects.count() == 1


def test_a_draft_comes_back_after_a_reload(client, job):
    draft = {"answer-preference": "right:2", "rationale": "half a thought", "confidence": "2"}
    assert client.post(at("draft", job[2]), draft).json() == {"held": True}
    page = client.get(at("task", job[2])).content.decode()
    assert "half a thought" in page
    assert 'value="right:2" data-digit="5" checked' in page
    assert 'name="confidence" value="2" checked' in page


def test_a_draft_that_cannot_be_read_says_why(client, job):
    answer = client.post(at("draft", job[2]), {"answer-preference": "left:7"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_answer")


def test_a_heartbeat_says_when_the_task_was_passed_on(client, job):
    campaign, _, task = job
    assert client.post(at("heartbeat", task)).json() == {"held": True}
    expire(task)
    other = annotator_of(campaign)
    claimed = held(claim(other, campaign))
    following = submit(other, claimed.token, left(), key="1").next
    assert {claimed.item, held(following).item} >= {task.item}
    assert client.post(at("heartbeat", task)).json() == {"held": False}
    assert "another person was asked" in client.get(at("task", task)).content.decode()


def test_skipping_goes_on_to_the_next_task(client, job):
    campaign, user, task = job
    assert "Another person is asked instead" in client.get(at("skip", task)).content.decode()
    answer = client.post(at("skip", task), {"reason": "language", "note": "no Finnish"})
    assert answer.url == at("task", held(claim(user, campaign)))
    assert Assignment.objects.get(pk=task.pk).skip_reason == "language"


def test_a_flag_is_kept_and_the_task_goes_on(client, job):
    task = job[2]
    client.get(at("flag", task))
    assert client.post(at("flag", task), {"note": "names itself"}, headers=HTMX).status_code == 204
    assert Assignment.objects.get(pk=task.pk).flag == "names itself"
    assert "Flagged" in client.get(at("task", task)).content.decode()


@pytest.mark.parametrize(("name", "field"), [("flag", "flag"), ("skip", "note")])
def test_what_is_said_about_a_task_is_kept_without_its_nul(client, job, name, field):
    _, _, task = job
    assert client.post(at(name, task), {"reason": "other", "note": "odd\0 text"}).status_code == 302
    assert getattr(Assignment.objects.get(pk=task.pk), field) == "odd text"


def test_undo_shows_the_last_answer_and_keep_leaves_it(client, job):
    campaign, user, task = job
    client.post(at("task", task), {"answer-preference": "left:2", "rationale": "first", "key": "1"})
    following = held(claim(user, campaign))
    answer = client.post(at("undo", following), headers=HTMX)
    page = answer.content.decode()
    assert answer["HX-Replace-Url"] == at("task", task)
    assert "You are changing an earlier answer" in page
    assert 'value="left:2" data-digit="1" checked' in page
    assert client.post(at("keep", task)).url == at("task", following)
    assert Verdict.objects.counting().get().rationale.text == "first"


def test_undo_with_nothing_to_undo_stays_on_the_task(client, job):
    assert client.post(at("undo", job[2])).url == at("task", job[2])


def test_undo_from_the_end_of_the_queue(client):
    campaign = direct_campaign(1)
    user = annotator_of(campaign)
    client.force_login(user)
    task = held(claim(user, campaign))
    submit(user, task.token, value(), key="1")
    assert client.post(reverse("annotation:undo_last", args=[campaign.pk])).url == at("task", task)


def test_the_guidelines_have_a_page_of_their_own(client, job):
    Campaign.objects.update(guidelines="Read **both**.")
    page = client.get(reverse("annotation:guidelines", args=[job[0].pk])).content.decode()
    assert "<strong>both</strong>" in page
    assert "Read, then answer." in page


def test_hostile_texts_are_shown_and_do_nothing(client, job):
    hostile = "<script>alert(1)</script><img src=//evil.example onerror=alert(1)><b hx-get='/steal'>bold</b>"
    Response.objects.update(content=hostile)
    Prompt.objects.update(turns=[{"role": "x' onclick='y", "content": hostile}, {"role": "user", "content": hostile}])
    page = client.get(at("task", job[2])).content.decode()
    assert "alert(1)" in page
    for live in ("<script>alert", "<img src=//", "<b hx-get", "' onclick='y"):
        assert live not in page


def test_a_project_that_goes_takes_its_tasks_along(client, job):
    job[0].project.delete()
    assert client.post(at("task", job[2]), {"answer-preference": "tie"}, headers=HTMX).status_code == 404
    assert not Verdict.objects.exists()


def test_a_rating_page_is_kept_in_no_cache(client, job):
    assert "no-store" in client.get(at("task", job[2]))["Cache-Control"]


def test_signing_out_leads_back_to_the_task_after_signing_in(client, job):
    client.logout()
    assert client.get(at("task", job[2])).url == f"/login/?next={at('task', job[2])}"
    swapped = client.post(at("task", job[2]), {"answer-preference": "tie"}, headers=HTMX, follow=True)
    assert swapped.status_code == 401
