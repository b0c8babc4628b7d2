"""A classifier that has everything an annotator receives cannot tell hidden checks from work (2,000 tasks).

The server's CPU time stands for latency: a client sees no more of it than that, and less through a network.
"""

from __future__ import annotations

import base64
import random
import re
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import Assignment, Campaign
from annotation.services import NewItem, add_items, open_campaign
from domain.models import Response
from tests.annotation.make import annotator_of, direct_campaign
from tests.factories import make_prompt, make_response

pytestmark = pytest.mark.django_db
PEOPLE, TASKS = 4, 500  # TASKS each
MOST_AUC = 0.55
WORDS = ("copper", "iron", "glass", "rain", "sugar", "lamp", "river", "stone")
HALF_ARE_CHECKS = {
    "checks": {"first": 0.5, "then": 0.5},
    "calibration": {"action": "none"},
    "speed": {"action": "none"},
}


@dataclass
class Received:
    """One task as it reached the browser."""

    page: str
    headers: dict[str, str]
    token: str
    cpu_s: float


def material(campaign: Campaign) -> None:
    """Work and checks whose texts come from one urn, so that only the program could tell them apart."""
    draw = random.Random(7)
    prompt = make_prompt(campaign.project, "Which of these is it?")
    items: list[Response | NewItem] = []
    for number in range(PEOPLE * TASKS + TASKS):
        text = " ".join(draw.choices(WORDS, k=draw.randint(5, 60)))
        response = make_response(prompt=prompt, system="Ash", content=text, sample=number)
        is_check = number >= PEOPLE * TASKS
        items.append(NewItem(response, "calibration", {"helpfulness": draw.randint(1, 5)}) if is_check else response)
    add_items(campaign, items)


def worked(campaign: Campaign, how_many: int) -> list[Received]:
    """What one person receives while answering so many tasks, each with the answer to the one before."""
    browser = Client()
    browser.force_login(annotator_of(campaign))
    answer = browser.post(reverse("annotation:start", args=[campaign.pk]), follow=True)
    page = str(answer.request["PATH_INFO"])
    got = []
    for number in range(how_many):
        began = time.thread_time()
        answer = browser.post(
            page, {"answer-helpfulness": str(1 + number % 5), "key": str(number)}, headers={"HX-Request": "true"}
        )
        cpu_s = time.thread_time() - began
        token = _token(answer)
        page = reverse("annotation:task", args=[token])
        got.append(Received(answer.content.decode(), dict(answer.headers), token, cpu_s))
    return got


def _token(answer: Any) -> str:
    found = re.search(r'hx-post="/rate/([\w-]{32,43})/"', answer.content.decode())
    assert found, answer.content.decode()[:2000]
    return found[1]


def features(one: Received) -> list[float]:
    """Sizes, counts, header values, server time and the token's own bytes."""
    tags = [one.page.count(mark) for mark in ("<", "class=", "data-", "hx-", "<input", "<kbd", "\n", "disabled")]
    attributes = len(set(re.findall(r"[\w-]+=", one.page)))
    headers = [len(one.headers), *(len(str(one.headers.get(name, ""))) for name in sorted(one.headers))]
    padded = (headers + [0] * 20)[:20]
    raw = base64.urlsafe_b64decode(one.token + "=" * (-len(one.token) % 4))
    shape = sum(map(ord, re.sub(r"[\w-]{20,}|<p>.*?</p>", "", one.page, flags=re.DOTALL))) % 100_003
    return [len(one.page), *tags, attributes, *padded, one.cpu_s, shape, len(one.token), *raw[:24]]


def areas(rows: np.ndarray, is_check: np.ndarray) -> dict[str, float]:
    """Area under the ROC curve of answers to held-out tasks, for a linear and a tree classifier."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    folds = StratifiedKFold(5, shuffle=True, random_state=1)
    kinds = {
        "linear": make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)),
        "trees": HistGradientBoostingClassifier(max_iter=60, random_state=1),
    }
    found = {}
    for name, one in kinds.items():
        chance = cross_val_predict(one, rows, is_check, cv=folds, method="predict_proba")[:, 1]
        found[name] = float(roc_auc_score(is_check, chance))
    return found


def test_no_classifier_tells_checks_from_work():
    from scipy.stats import ks_2samp
    from sklearn.metrics import roc_auc_score

    campaign = direct_campaign(0, is_open=False, quality=HALF_ARE_CHECKS)
    material(campaign)
    open_campaign(campaign)
    received = [one for _ in range(PEOPLE) for one in worked(campaign, TASKS)]
    roles = dict(Assignment.objects.filter(campaign=campaign, token__isnull=False).values_list("token", "item__role"))
    is_check = np.array([roles[one.token] != "live" for one in received])
    assert len(received) == PEOPLE * TASKS
    assert 0.4 < is_check.mean() < 0.6

    found = areas(np.array([features(one) for one in received]), is_check)
    assert max(found.values()) <= MOST_AUC, found

    cpu_s = np.array([one.cpu_s for one in received])
    # By chance alone an area strays 0.05 from a half once in 10,000 runs, with 1,000 of each.
    assert abs(roc_auc_score(is_check, cpu_s) - 0.5) <= 0.05
    assert ks_2samp(cpu_s[is_check], cpu_s[~is_check]).pvalue > 1e-4

    for one, gives_itself_away in zip(received, is_check, strict=True):  # and it would find what there is to find
        one.page += "<" * int(gives_itself_away)
    found = areas(np.array([features(one) for one in received]), is_check)
    assert min(found.values()) > 0.6, found
