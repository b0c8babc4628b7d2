"""Limits per key: a bucket in the database that all workers draw from, and a pause that holds all of them."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from judges import runner, services, throttle
from judges.clock import database_now
from judges.keys import secret_of
from judges.models import Run, Throttle
from judges.providers.base import Secret
from tests.factories import make_project, make_user
from tests.fakes.provider import Faults
from tests.judges.making import make_battles, make_run, make_version

WHO = "a" * 64


def later(seconds: float) -> None:
    """Let time pass for the bucket."""
    found = Throttle.objects.get(identity=WHO)
    assert found.counted_at is not None
    Throttle.objects.update(counted_at=found.counted_at - timedelta(seconds=seconds))


@pytest.mark.django_db
def test_a_key_without_limits_is_never_held_back():
    assert throttle.grant(WHO, [10**9] * 5) == throttle.Grant(5)


@pytest.mark.django_db
def test_a_bucket_starts_full_runs_dry_and_fills_up_with_time():
    throttle.set_limits(WHO, requests=60, tokens=None)
    assert throttle.grant(WHO, [1] * 100).calls == 60
    dry = throttle.grant(WHO, [1])
    assert (dry.calls, 0 < dry.wait_s <= 1) == (0, True)
    later(3)
    assert throttle.grant(WHO, [1] * 100).calls == 3
    later(3600)
    assert throttle.grant(WHO, [1] * 100).calls == 60  # a minute's worth at most


@pytest.mark.django_db
def test_tokens_are_limited_beside_requests_and_granted_in_order():
    throttle.set_limits(WHO, requests=100, tokens=1_000)
    assert throttle.grant(WHO, [400, 500, 200, 1]).calls == 2  # the small one does not jump the queue
    assert throttle.grant(WHO, [100]).calls == 1


@pytest.mark.django_db
def test_what_was_not_used_goes_back_and_what_was_used_beyond_comes_off():
    throttle.set_limits(WHO, requests=10, tokens=1_000)
    assert throttle.grant(WHO, [1_000]).calls == 1
    throttle.give_back(WHO, requests=1, tokens=900)
    assert throttle.grant(WHO, [900]).calls == 1
    throttle.give_back(WHO, tokens=-500)
    later(29)
    assert throttle.grant(WHO, [1]).calls == 0  # it owes 500 of the 483 that came back
    later(3)
    assert throttle.grant(WHO, [1]).calls == 1


@pytest.mark.django_db
def test_a_call_larger_than_a_minute_is_granted_from_a_full_bucket_only():
    throttle.set_limits(WHO, requests=None, tokens=1_000)
    assert throttle.grant(WHO, [5_000]).calls == 1
    assert throttle.grant(WHO, [1]).calls == 0


@pytest.mark.django_db
def test_a_parked_key_grants_nothing_until_the_pause_ends_and_a_shorter_pause_does_not_cut_it():
    throttle.park(WHO, 60, "asked")
    throttle.park(WHO, 1, "asked again")
    found = Throttle.objects.get(identity=WHO)
    assert found.parked_until is not None
    assert found.parked_until > database_now() + timedelta(seconds=50)
    assert throttle.grant(WHO, [1]).calls == 0
    Throttle.objects.update(parked_until=database_now() - timedelta(seconds=1))
    assert throttle.grant(WHO, [1]).calls == 1


@pytest.mark.django_db
def test_the_identity_tells_keys_and_addresses_apart_and_gives_none_away(settings):
    first, second = make_version(base_url="https://a.example/v1"), make_version(base_url="https://b.example/v1")
    key, other = Secret("sk-one"), Secret("sk-two")
    seen = {throttle.identity(version, secret) for version in (first, second) for secret in (key, other)}
    assert len(seen) == 4
    assert not any("sk-one" in one for one in seen)
    settings.SECRET_KEY = "another-secret-of-at-least-fifty-characters-0123456789"
    assert throttle.identity(first, key) not in seen


class TestBucket(TestCase):
    """Whatever is asked, in whatever order."""

    @settings(max_examples=40, deadline=None)
    @given(
        st.integers(1, 50),
        st.lists(st.tuples(st.lists(st.integers(1, 400), max_size=8), st.floats(0, 20)), max_size=12),
    )
    def test_never_more_than_the_bucket_and_the_flow_allow(self, requests, story):
        throttle.set_limits(WHO, requests=requests, tokens=1_000)
        granted = tokens = 0
        passed = 0.0
        for sizes, seconds in story:
            later(seconds)
            passed += seconds
            calls = throttle.grant(WHO, sizes).calls
            granted, tokens = granted + calls, tokens + sum(sizes[:calls])
        slack = 2.0  # seconds that the test itself may take
        assert granted <= requests * (1 + (passed + slack) / 60)
        assert tokens <= 1_000 * (1 + (passed + slack) / 60)


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_do_not_get_more_than_the_limit():
    throttle.set_limits(WHO, requests=20, tokens=None)
    got: list[int] = []

    def ask() -> None:
        got.extend(throttle.grant(WHO, [1, 1, 1]).calls for _ in range(4))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 20 <= sum(got) <= 22  # the seconds that pass may add one or two


@pytest.fixture
def limited_run(fake):
    project = make_project()
    make_battles(project, 4)
    version = make_version(project, base_url=fake.openai_url)
    return make_run(version), throttle.identity(version, secret_of(version))


@pytest.mark.django_db
def test_a_run_makes_no_more_calls_than_its_key_allows(limited_run, fake):
    run, who = limited_run
    throttle.set_limits(who, requests=3, tokens=None)
    stop = threading.Event()
    threading.Timer(2.0, stop.set).start()
    runner.drain(run, stop=stop)
    assert len(fake.log.records()) == 3
    assert run.verdicts == 3
    assert not run.cells.filter(state="leased").exists()


@pytest.mark.django_db
def test_tokens_that_answers_did_not_use_are_given_back(limited_run):
    run, who = limited_run
    throttle.set_limits(who, requests=None, tokens=1_000_000)
    runner.drain(run)
    found = Throttle.objects.get(identity=who)
    used = sum((entry.input_uncached or 0) + (entry.output or 0) for entry in run.ledger.all())
    assert run.verdicts == 8
    assert found.tokens_left == pytest.approx(1_000_000 - used, abs=200_000)
    assert found.tokens_left >= 1_000_000 - used - 1


@pytest.mark.django_db
def test_a_pause_that_a_provider_asks_for_holds_every_worker_of_the_key(limited_run, fake):
    run, who = limited_run
    fake.configure(faults=Faults(plan=("429:1", "ok")))
    runner.drain(run)
    assert (run.state, run.verdicts) == ("done", 8)
    parked = Throttle.objects.get(identity=who)
    assert parked.parked_until is not None
    assert parked.reason == "the provider asked for a pause"


@pytest.mark.django_db
def test_a_parked_key_lets_a_second_run_wait(limited_run, fake):
    run, who = limited_run
    throttle.park(who, 3600, "asked")
    stop = threading.Event()
    threading.Timer(1.0, stop.set).start()
    runner.drain(run, stop=stop)
    assert fake.log.records() == []
    assert Run.objects.get(pk=run.pk).state == "running"
    services.pause(run)


@pytest.mark.django_db
def test_a_researcher_sets_and_lifts_the_limits_of_a_key(client):
    project, user = make_project(), make_user("rita")
    project.memberships.create(user=user, role="researcher")
    client.force_login(user)
    version = make_version(project)
    make_version(project, name="Twin")  # the same key: one line, one bucket
    url = reverse("judges:limit_key", args=[project.slug])
    page = client.post(url, {"judge": version.pk, "requests": "500", "tokens": ""}, follow=True).content.decode()
    assert page.count('aria-label="Requests per minute of PORTIA_API_KEY"') == 1
    found = Throttle.objects.get()
    assert (found.requests_per_minute, found.tokens_per_minute) == (500, None)
    client.post(url, {"judge": version.pk, "requests": "", "tokens": "90000"})
    found.refresh_from_db()
    assert (found.requests_per_minute, found.tokens_per_minute) == (None, 90_000)
    client.post(url, {"judge": version.pk, "requests": "0", "tokens": ""})
    found.refresh_from_db()
    assert found.tokens_per_minute == 90_000


@pytest.mark.django_db
def test_a_judge_of_another_project_has_no_limits_here(client):
    project, user = make_project(), make_user("rita")
    project.memberships.create(user=user, role="researcher")
    client.force_login(user)
    stranger = make_version()
    url = reverse("judges:limit_key", args=[project.slug])
    assert client.post(url, {"judge": stranger.pk, "requests": "5"}).status_code == 404
    assert not Throttle.objects.exists()
