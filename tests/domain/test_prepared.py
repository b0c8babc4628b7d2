from __future__ import annotations

import gc
import weakref
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import BigIntegerField, CharField, Count, DateTimeField, Q
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import Assignment
from domain.models import Battle, Membership, Project, Prompt, Response
from domain.prepared import Param, prepared, save_columns
from tests.annotation.make import direct_campaign
from tests.factories import make_battle, make_project, make_prompt, make_response, make_user

pytestmark = pytest.mark.django_db
KEY = Param("key", BigIntegerField())


def columns(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_rows_are_those_of_the_query_with_what_was_asked_for_beside_them(django_assert_num_queries):
    project = make_project(researcher=make_user("rita"))
    battle = make_battle(project)

    def rows(key):
        related = Battle.objects.select_related("prompt", "response_a__system", "batch", "project")
        return related.annotate(people=Count("project__memberships")).filter(pk=key)

    [expected] = rows(battle.pk)
    run = prepared(lambda: rows(KEY))
    with django_assert_num_queries(1):
        [found] = run().all(key=battle.pk)
        assert columns(found) == columns(expected)
        assert columns(found.prompt) == columns(expected.prompt)
        assert columns(found.response_a.system) == columns(expected.response_a.system)
        assert found.batch is None
        assert found.people == 1
    assert found == battle
    assert not found._state.adding


def test_a_query_is_built_once_and_runs_with_the_values_of_each_time():
    first, second = make_project(slug="one"), make_project(slug="two")
    Project.objects.filter(pk=second.pk).update(created_at=timezone.now() + timedelta(days=2))
    built = []

    @prepared
    def younger(*, backwards: bool):
        built.append(backwards)
        rows = Project.objects.filter(created_at__gt=Param("since", DateTimeField()))
        return rows.order_by("-slug" if backwards else "slug")

    now = timezone.now()
    assert younger(backwards=False).all(since=now - timedelta(days=1)) == [first, second]
    assert younger(backwards=False).all(since=now + timedelta(days=1)) == [second]
    assert younger(backwards=True).all(since=now - timedelta(days=1)) == [second, first]
    assert built == [False, True]


def test_the_database_sees_the_statement_that_django_would_have_sent():
    make_project(slug="one", annotator=make_user("ann"))

    def rows(slug):
        return Project.objects.filter(~Q(memberships__role="owner"), slug=slug).order_by("pk")[:1]

    with CaptureQueriesContext(connection) as captured:
        assert list(rows("one")) == prepared(lambda: rows(Param("slug", CharField())))().all(slug="one")
    built, ready = (query["sql"].replace("(", "").replace(")", "") for query in captured)
    assert built == ready


def test_what_no_row_can_have_finds_none():
    make_project()
    by_key = prepared(lambda: Project.objects.filter(pk=KEY))
    assert by_key().first(key=10**30) is None
    assert by_key().first(key=0) is None
    nobodys = prepared(lambda: Project.objects.none())
    assert nobodys().all() == []
    inside = prepared(lambda: Membership.objects.filter(project__in=Project.objects.none(), pk=KEY))
    assert inside().all(key=1) == []


def test_a_value_that_is_not_given_is_an_error():
    with pytest.raises(KeyError, match="key"):
        prepared(lambda: Project.objects.filter(pk=KEY))().all()


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_in_a_transaction_only():
    project = make_project()

    @prepared
    def locked():
        return Project.objects.select_for_update().filter(pk=KEY)

    for _ in range(2):  # also once the statement is there
        with transaction.atomic():
            assert locked().first(key=project.pk) == project
        with pytest.raises(TransactionManagementError):
            locked().first(key=project.pk)


def test_columns_that_were_left_out_are_read_when_they_are_needed():
    response = make_response(content="Copper conducts heat.")
    [found] = prepared(lambda: Response.objects.filter(pk=KEY).only("system"))().all(key=response.pk)
    assert found.get_deferred_fields() >= {"content"}
    assert found.content == "Copper conducts heat."


def test_columns_are_saved_as_django_would_save_them_and_no_others():
    prompt = make_prompt(make_project())
    mine, kept = Prompt.objects.get(pk=prompt.pk), Prompt.objects.get(pk=prompt.pk)
    for tags, metadata in ((["a"], {"n": 1}), ([], {}), (["b"], {"text": "“'%s"})):
        mine.tags, mine.metadata, mine.reference = tags, metadata, "not to be saved"
        save_columns(mine, ["tags", "metadata"])
        kept.tags, kept.metadata = tags, metadata
        assert columns(Prompt.objects.get(pk=prompt.pk)) == columns(kept)
    save_columns(mine)
    assert columns(Prompt.objects.get(pk=prompt.pk)) == columns(mine)


def test_nothing_in_a_column_of_json_is_nothing_in_the_database_and_a_number_is_json():
    place = Assignment.objects.filter(campaign=direct_campaign())[0]
    drafts: tuple[Any, ...] = (5, "text", {"answers": {}}, None)
    for draft in drafts:
        place.draft = draft
        save_columns(place, ["draft"])
        assert Assignment.objects.get(pk=place.pk).draft == draft
        assert Assignment.objects.filter(pk=place.pk, draft__isnull=True).exists() is (draft is None)


def test_saving_a_row_that_is_gone_is_an_error():
    prompt = make_prompt(make_project())
    Prompt.objects.filter(pk=prompt.pk).delete()
    with pytest.raises(DatabaseError, match="not there any more"):
        save_columns(prompt, ["tags"])


def test_a_query_keeps_nothing_of_the_thread_that_built_it():
    find = prepared(lambda: Project.objects.filter(pk=KEY))
    project = make_project()
    connected = []

    def build():
        find()
        connected.append(weakref.ref(connections["default"].ops))

    thread = Thread(target=build)
    thread.start()
    thread.join()
    gc.collect()
    assert connected[0]() is None
    [found] = find().all(key=project.pk)
    assert columns(found) == columns(Project.objects.get(pk=project.pk))
