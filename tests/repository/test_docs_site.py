"""When the site that ``make docs`` has built may be used for its tests."""

from __future__ import annotations

import pytest

from dev import docs


@pytest.fixture
def root(monkeypatch, tmp_path):
    """A repository with one page and the site of it."""
    (tmp_path / "docs" / "_build").mkdir(parents=True)
    (tmp_path / "docs" / "page.md").write_text("One.")
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    monkeypatch.setattr(docs, "STAMP", tmp_path / "docs" / "_build" / "sources")
    docs.STAMP.write_text(docs.sources())
    return tmp_path


def test_a_site_is_current_until_a_source_changes(root):
    (root / "docs" / "_build" / "page.html").write_text("One.")
    assert docs.is_current()
    (root / "docs" / "page.md").write_text("Two.")
    assert not docs.is_current()


def test_a_new_source_makes_a_site_old(root):
    (root / "astro_provider").mkdir()
    (root / "astro_provider" / "new.py").touch()
    assert not docs.is_current()


def test_a_site_that_was_never_built_whole_is_not_current(root):
    docs.STAMP.unlink()
    assert not docs.is_current()
