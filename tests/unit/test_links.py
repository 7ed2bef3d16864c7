"""Links show what a task stored, and nothing where it stored nothing."""

from __future__ import annotations

import pytest

from astro_provider import links


@pytest.mark.parametrize("link", [links.OpenInAstroLink(), links.OpenAirflowLink()], ids=lambda link: link.name)
@pytest.mark.parametrize(("stored", "shown"), [("https://x", "https://x"), (None, "")])
def test_a_link_is_what_the_task_stored(monkeypatch, link, stored, shown):
    monkeypatch.setattr(links.XCom, "get_value", lambda *, ti_key, key: stored if key == link.xcom_key else "other")
    # Airflow 3 stores this very text when the task ends: "None" would become a button.
    assert link.get_link(None, ti_key=None) == shown
