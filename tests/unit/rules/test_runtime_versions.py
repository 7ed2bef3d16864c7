"""Which runtime is newer, and which one an image may bring."""

from __future__ import annotations

from itertools import pairwise

import pytest

from astro_provider.errors import GuardError
from astro_provider.rules.runtime_versions import check_runtime, is_downgrade, read_runtime_version

IMAGE = "ghcr.io/acme/astro:1.2"
OLDEST_TO_NEWEST = [
    "4.2.5",
    "9.1.0",
    "9.10.0",
    "12.0.0-alpha1",
    "12.0.0-alpha2",
    "12.0.0-alpha10",
    "12.0.0-rc1",
    "12.0.0",
    "13.1.0",
    "3.0-1.alpha2",
    "3.0-1-rc1",
    "3.0-1",
    "3.0-7",
    "3.0-12",
    "3.1-1",
    "3.10-1",
    "4.0-1",
]


@pytest.mark.parametrize(("old", "new"), list(pairwise(OLDEST_TO_NEWEST)))
def test_each_runtime_is_newer_than_the_one_before(old, new):
    assert is_downgrade(old, new)
    assert not is_downgrade(new, old)
    assert not is_downgrade(new, new)
    check_runtime(IMAGE, old, old)
    with pytest.raises(GuardError) as caught:
        check_runtime(IMAGE, old, new)
    assert f"has Astro Runtime {old}, but the Deployment runs Astro Runtime {new}" in str(caught.value)


@pytest.mark.parametrize("same", ["v3.1-5", "3.1-5-base", " 3.1-5 ", "3.1-5+build.7"])
def test_the_same_version_in_other_words(same):
    assert read_runtime_version(same) == read_runtime_version("3.1-5")


@pytest.mark.parametrize("text", ["", "latest", "3", "3.1", "3.1.x", "3.1-", "13.1.0.", "-1.2.3"])
def test_what_is_no_version(text):
    assert read_runtime_version(text) is None
    assert not is_downgrade(text, "3.1-5")
    assert not is_downgrade("3.1-5", text)


def test_the_same_runtime_and_a_newer_one_are_allowed():
    check_runtime(IMAGE, "3.1-5", "3.1-5")
    check_runtime(IMAGE, "3.1-5", "3.0-1")
    check_runtime(IMAGE, "3.0-1", "12.1.0")
    check_runtime(IMAGE, "3.0-1", "13.0.0")
    check_runtime(IMAGE, "13.1.0", None)


def test_13_is_older_than_3_0_1_and_the_message_says_why():
    with pytest.raises(GuardError, match=r"3\.x-y, are newer than all others"):
        check_runtime(IMAGE, "13.1.0", "3.0-1")


def test_an_image_without_the_label_is_refused_with_what_the_deployment_runs():
    with pytest.raises(GuardError, match=r"has no label io\.astronomer\.docker\.runtime\.version; .*Runtime 3\.0-1\."):
        check_runtime(IMAGE, None, "3.0-1")


def test_a_label_that_is_no_version_is_refused():
    with pytest.raises(GuardError, match=r"'latest', which is not a version of Astro Runtime; .*Runtime 3\.0-1\."):
        check_runtime(IMAGE, "latest", "3.0-1")


def test_airflow_3_needs_runtime_12_before_it():
    with pytest.raises(GuardError, match=r"only from Astro Runtime 12 or newer"):
        check_runtime(IMAGE, "3.0-1", "11.9.0")
