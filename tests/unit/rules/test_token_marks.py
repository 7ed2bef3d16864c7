"""Marks in the descriptions of tokens: written, read back, and never mistaken."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_provider.models.access import ORGANIZATION, Place
from astro_provider.rules.token_marks import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    TokenMark,
    TokenState,
    own_mark,
    read_marks,
    retired_name,
    task_key,
    without_marks,
)

KEY, OTHER = "0123456789abcdef", "fedcba9876543210"
NOW = datetime(2026, 11, 26, 2, 0, 1, tzinfo=timezone.utc)
MARKS = [*(TokenMark(KEY, state) for state in list(TokenState)[:3]), TokenMark(KEY, TokenState.RETIRED, NOW)]


@pytest.mark.parametrize("mark", MARKS, ids=str)
@given(text=st.text(max_size=600))
def test_what_is_written_is_read_back_whatever_stands_before_it(mark, text):
    written = mark.written_after(text)
    assert len(written) <= LONGEST_DESCRIPTION
    assert read_marks(written) == [mark]
    assert own_mark(written, KEY) == mark
    assert own_mark(written, OTHER) is None


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "ci token",
        "[renewal 0123: in use]",
        "[renewal 0123456789abcdef: pending]",
        "[renewal 0123456789abcdef: retired]",
        "[renewal 0123456789abcdef: in use 2026-11-26T02:00:01Z]",
        "[renewal 0123456789abcdef: retired 2026-02-31T00:00:00Z]",
        "[renewal 0123456789abcdef: in use",
    ],
)
def test_what_is_not_quite_a_mark_is_none(text):
    assert read_marks(text) == []


def test_a_person_s_own_text_stays_and_marks_of_others_go():
    text = TokenMark(OTHER, TokenState.IN_USE).written_after("for the nightly load")
    assert TokenMark(KEY, TokenState.NEW).written_after(text) == "for the nightly load [renewal 0123456789abcdef: new]"


def test_a_mark_in_two_pieces_around_another_one_is_gone_too():
    assert without_marks("[renewal ab[renewal 0: x]: in use]") == ""


def test_a_long_name_keeps_room_for_its_end():
    assert retired_name("ci", NOW) == "ci (retired 2026-11-26)"
    assert retired_name("ci (retired 2026-11-01)", NOW) == "ci (retired 2026-11-26)"
    assert len(retired_name("x" * 256, NOW)) == LONGEST_NAME


def test_a_key_is_the_same_in_every_run_and_no_other_task_s():
    keys = {
        task_key(*parts)
        for parts in [
            ("", "dag", "task", "ci", ORGANIZATION),
            ("cl1", "dag", "task", "ci", ORGANIZATION),
            ("", "dag2", "task", "ci", ORGANIZATION),
            ("", "dag", "task2", "ci", ORGANIZATION),
            ("", "dag", "task", "ci2", ORGANIZATION),
            ("", "dag", "task", "ci", Place("WORKSPACE", "w")),
            ("", "dag", "task", "ci", Place("DEPLOYMENT", "w")),
        ]
    }
    assert len(keys) == 7
    assert task_key("", "dag", "task", "ci", ORGANIZATION) in keys
