"""The marker in a deploy's description: always whole, found again, and never made by a person's text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_provider.models.deploys import LONGEST_DESCRIPTION
from astro_provider.rules.deploy_markers import (
    Marker,
    TaskIdentity,
    read_marker,
    task_identity,
    without_markers,
)

DAGS, IMAGE = f"sha256:{'ab12' * 16}", f"sha256:{'cd34' * 16}"
TASK = TaskIdentity("0123456789ab", 2)
digests = st.none() | st.binary(min_size=32, max_size=32).map(lambda digest: f"sha256:{digest.hex()}")
tasks = st.none() | st.builds(
    task_identity, st.text(), st.text(), st.text(), st.integers(-1, 9), cleared=st.integers(0, 9)
)
markers = st.builds(Marker, dags=digests, image=digests, dbt=digests, task=tasks)
pieces = st.sampled_from(["[dags sha256:", "[task ", "]", "[", DAGS, f"[image {IMAGE}]", "0123456789ab-1", " ", "x"])
texts = st.text() | st.lists(pieces | st.text(max_size=3)).map("".join)


@given(markers, texts)
def test_whatever_a_person_writes_the_marker_is_whole_and_the_only_one(marker, text):
    description = marker.written_after(text)
    assert len(description) <= LONGEST_DESCRIPTION
    assert read_marker(description) == marker


@given(markers, st.text(alphabet=st.characters(exclude_characters="[]"), max_size=100))
def test_a_short_text_without_markers_stays_as_it_is(marker, text):
    assert marker.written_after(text).startswith(text.strip())


@given(texts)
def test_a_text_without_markers_has_none(text):
    assert read_marker(without_markers(text)) == Marker()


def test_a_long_text_is_cut_and_the_marker_is_not():
    description = Marker(dags=DAGS, image=IMAGE, task=TASK).written_after("Release notes. " * 100)
    assert description.startswith("Release notes. Release notes.")
    assert description.endswith(f"… [dags {DAGS}] [image {IMAGE}] [task 0123456789ab-2]")
    assert len(description) <= LONGEST_DESCRIPTION


@pytest.mark.parametrize(
    "description",
    [
        f"Friday's release [dags {DAGS}]",
        f"[dags {DAGS}]",
        f"  [ DAGS  {DAGS.upper()} ]  \n edited by Jo",
        f"[dags sha256:{'0' * 64}] [dags {DAGS}]",
        f"[dags {DAGS}] [image sha256:0000] [task nobody-1]",
    ],
)
def test_a_marker_is_read_leniently(description):
    assert read_marker(description) == Marker(dags=DAGS)


@pytest.mark.parametrize(
    "description",
    [None, "", "dags", f"dags {DAGS}", f"[dags {DAGS[:-1]}]", f"[dags {DAGS}", f"[dags {DAGS}0]", f"[tags {DAGS}]"],
)
def test_a_piece_of_a_marker_says_nothing(description):
    assert read_marker(description) == Marker()


def test_a_task_instance_has_one_identity_for_all_its_tries_and_no_other_has_it():
    one = task_identity("dag", "task", "run", -1, cleared=0)
    assert one == task_identity("dag", "task", "run", -1, cleared=0)
    others = [("dag2", "task", "run", -1), ("dag", "task2", "run", -1), ("dag", "task", "run2", -1)]
    others += [("dag", "task", "run", 0), ("dagt", "ask", "run", -1)]
    assert len({one.key, *(task_identity(*names, cleared=0).key for names in others)}) == 6
    assert task_identity("dag", "task", "run", -1, cleared=1).key == one.key


def test_the_identity_of_a_task_says_nothing_about_its_name():
    text = str(Marker(task=task_identity("payroll", "secret_project", "manual__2026", -1, cleared=1)))
    assert not any(name in text for name in ("payroll", "secret", "manual"))
