"""The JSON of annotation's API, field by field, for its description and for reading what is sent."""

from __future__ import annotations

from rest_framework import serializers

from annotation.services import SKIP_REASONS


class Fields(serializers.Serializer):  # type: ignore[type-arg]  # generic in the stubs only
    """A description without a model."""


class Problem(Fields):
    """What went wrong."""

    detail = serializers.CharField()
    code = serializers.CharField(required=False)


class Answer(Fields):
    """An answer or a draft. A choice: {"choice": "left|right|tie|both_bad", "strength": 1…}; a score: a number.

    A ranking sends ``ranks`` instead of ``answers``: a place from 1 for the letter of each response, equal places are
    ties. A best-worst choice sends the letters ``best`` and ``worst``. ``remarks`` is by key of the rubric's remarks:
    text, a list of tags, or a list of marks {"start", "end", "text", "category", "severity"}, where start and end count
    code points of ``marked_text``. ``guidelines_version`` is that of the task as it was shown: where it is not in force
    any more the answer is refused as ``revised``, and claiming again brings what changed. Left out, an answer counts
    under the version in force.
    """

    answers = serializers.DictField(child=serializers.JSONField(), required=False)
    ranks = serializers.DictField(child=serializers.IntegerField(min_value=1, max_value=8), required=False)
    best = serializers.CharField(required=False, allow_null=True)
    worst = serializers.CharField(required=False, allow_null=True)
    remarks = serializers.DictField(child=serializers.JSONField(), required=False)
    confidence = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=5)
    rationale = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    active_ms = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    visible_ms = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    idle_ms = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    guidelines_version = serializers.IntegerField(required=False, allow_null=True, min_value=0)


class Turn(Fields):
    """One turn of the prompt."""

    role = serializers.CharField()
    content = serializers.CharField()


class Prompt(Fields):
    """What the responses answer."""

    turns = Turn(many=True)
    reference = serializers.CharField(allow_null=True)


class Criterion(Fields):
    """One question."""

    key = serializers.CharField()
    name = serializers.CharField()
    meaning = serializers.CharField()
    kind = serializers.ChoiceField(["score", "choice"])
    values = serializers.ListField(child=serializers.FloatField())
    anchors = serializers.DictField(child=serializers.CharField())
    minimum = serializers.FloatField(allow_null=True)
    maximum = serializers.FloatField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField())
    strengths = serializers.IntegerField()


class Remark(Fields):
    """What is asked beside the criteria. ``options`` are tags, or the categories of a mark."""

    key = serializers.CharField()
    name = serializers.CharField()
    meaning = serializers.CharField()
    form = serializers.ChoiceField(["text", "tags", "spans"])
    options = serializers.ListField(child=serializers.CharField())
    severities = serializers.ListField(child=serializers.CharField())
    is_required = serializers.BooleanField()


class Rubric(Fields):
    """Instructions and questions."""

    instructions = serializers.CharField()
    criteria = Criterion(many=True)
    remarks = Remark(many=True)


class Asks(Fields):
    """What an answer carries beside the scores."""

    confidence = serializers.ChoiceField(["hidden", "optional", "required"])
    rationale = serializers.ChoiceField(["hidden", "optional", "required"])


class Labelled(Fields):
    """One of several responses."""

    letter = serializers.CharField()
    text = serializers.CharField()


class Progress(Fields):
    """How far this person is."""

    done = serializers.IntegerField()
    total = serializers.IntegerField()


class Assignment(Fields):
    """One task: ``left`` and ``right``, ``response``, or ``responses`` by letter."""

    token = serializers.CharField()
    state = serializers.ChoiceField(["answering", "changing"])
    lease_expires = serializers.DateTimeField(allow_null=True)
    task = serializers.ChoiceField(["direct", "pairwise", "ranking", "best_worst"])
    prompt = Prompt()
    left = serializers.CharField(allow_null=True)
    right = serializers.CharField(allow_null=True)
    response = serializers.CharField(allow_null=True)
    responses = Labelled(many=True, allow_null=True)
    marked_text = serializers.CharField(allow_null=True)
    rubric = Rubric()
    asks = Asks()
    guidelines = serializers.CharField()
    guidelines_version = serializers.IntegerField()
    draft = Answer(allow_null=True)
    progress = Progress()


class Queue(Fields):
    """Why there is no task, and when to look again."""

    code = serializers.CharField()
    text = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)


class Next(Fields):
    """A task, or why there is none; ``break_due`` says that the person has worked for long without a rest."""

    assignment = Assignment(allow_null=True)
    queue = Queue(allow_null=True)
    break_due = serializers.BooleanField()


class Campaign(Fields):
    """A campaign in which this person may rate. ``why`` says why it cannot be gone on with; empty where it can."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    project = serializers.CharField()
    task = serializers.ChoiceField(["direct", "pairwise", "ranking", "best_worst"])
    closes_at = serializers.DateTimeField(allow_null=True)
    progress = Progress()
    why = serializers.CharField(allow_blank=True)


class Note(Fields):
    """What a researcher should look at."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=1000)


class Withdraw(Fields):
    """What becomes of the answers of who leaves; erased ones cannot be brought back."""

    answers = serializers.ChoiceField(["keep", "erase"])


class Done(Fields):
    """That it was done."""

    done = serializers.BooleanField()


class Result(Fields):
    """What became of an answer: ``counted`` is false for one that came too late and is kept as surplus."""

    token = serializers.CharField()
    counted = serializers.BooleanField()
    repeated = serializers.BooleanField()


class Compared(Fields):
    """One criterion of a training task: what was said, and what experts said, in words."""

    criterion = serializers.CharField()
    given = serializers.CharField()
    expected = serializers.CharField()


class Feedback(Fields):
    """What experts said about a training task, and why."""

    passed = serializers.BooleanField()
    answers = Compared(many=True)
    why = serializers.CharField()
    training_over = serializers.BooleanField()


class Submitted(Next):
    """The result, what training says about it (null for every other task), and the next task."""

    result = Result()
    feedback = Feedback(allow_null=True)


class Lease(Fields):
    """Whether the task is still held, and until when."""

    held = serializers.BooleanField()
    expires = serializers.DateTimeField(allow_null=True)


class Skip(Fields):
    """Why a task is left to another person."""

    reason = serializers.ChoiceField(list(SKIP_REASONS))
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000)
