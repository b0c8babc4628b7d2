"""Threads take their turns in the order in which they came."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from annotation.services.waiting import Line


def waiting(line, n):
    """Wait until so many threads stand in line."""
    deadline = time.monotonic() + 10
    while len(line._waiting) < n and time.monotonic() < deadline:
        time.sleep(0.001)


def test_turns_are_taken_one_at_a_time_and_in_order():
    line, order, inside = Line(), [], []

    def work(number):
        with line.turn():
            inside.append(number)
            assert len(inside) == 1
            order.append(number)
            inside.pop()

    with ThreadPoolExecutor(20) as pool, line.turn():
        tasks = []
        for number in range(20):
            tasks.append(pool.submit(work, number))
            waiting(line, number + 2)
        assert not order
    assert [task.exception() for task in tasks] == [None] * 20
    assert order == list(range(20))


def test_a_mishap_hands_the_turn_on():
    line = Line()
    with pytest.raises(ValueError, match="oops"), line.turn():
        raise ValueError("oops")
    done = threading.Event()

    def work():
        with line.turn():
            done.set()

    threading.Thread(target=work).start()
    assert done.wait(10)
