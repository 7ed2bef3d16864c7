"""The marker in a deploy's description: always whole, found again, and never made by a person's text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_provider.models.deploys import LONGEST_DESCRIPTION
from astro_provider.rules.dag_runs import TaskIdentity
from astro_provider.rules.deploy_markers import Marker, TaskMark, read_marker, task_mark, without_markers

DAGS, IMAGE = f"sha256:{'ab12' * 16}", f"sha256:{'cd34' * 16}"
TASK = TaskMark("0123456789ab", 2)
digests = st.none() | st.binary(min_size=32, max_size=32).map(lambda digest: f"sha256:{digest.hex()}")
tasks = st.none() | st.builds(TaskMark, st.from_regex(r"[0-9a-f]{12}", fullmatch=True), st.integers(1, 99))
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


def test_a_task_instance_marks_its_deploys_the_same_at_each_try_of_a_round():
    mark = task_mark(TaskIdentity("", "dag", "task", "run"), 1)
    assert mark == task_mark(TaskIdentity("", "dag", "task", "run"), 1)
    assert mark != task_mark(TaskIdentity("", "dag", "task", "run"), 3)
    assert mark.key != task_mark(TaskIdentity("", "dag", "task", "other run"), 1).key


def test_the_mark_of_a_task_says_nothing_about_its_name():
    text = str(task_mark(TaskIdentity("cldeployment", "payroll", "secret_project", "manual__2026"), 1))
    assert not any(name in text for name in ("cldeployment", "payroll", "secret", "manual"))
