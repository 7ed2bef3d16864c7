"""The connection forms of both Airflow lines, as a person sees and fills them."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page, Route, expect

from dev.rest import Rest

from .ui import RETAKEN, visit

#: What is typed into the form: the token, the host and fields of Astro.
Fields = Mapping[str, str]


class ConnectionForm(ABC):
    """One connection form.

    :param page: A tab with Airflow's address as its base.
    """

    def __init__(self, page: Page) -> None:
        self.page = page

    @abstractmethod
    def new(self) -> None:
        """Open the form for a new connection of type Astro."""

    @abstractmethod
    def fill(self, conn_id: str, token: str, host: str = "", **extra: str) -> None:
        """Fill it in."""

    @abstractmethod
    def save(self) -> None:
        """Save it."""

    @abstractmethod
    def edit(self, conn_id: str) -> None:
        """Open the form of a saved connection."""

    @abstractmethod
    def text(self) -> str:
        """Return everything that can be read in it, placeholders apart; unfolds what is folded."""

    @abstractmethod
    def value(self, field: str) -> tuple[str, str]:
        """Return kind and content of a field's input."""

    @abstractmethod
    def test(self, connections: Mapping[str, Fields], conn_id: str) -> str:
        """Press Test for one of several new connections; returns what Airflow shows."""


class FormOfAirflow2(ConnectionForm):
    """One page with everything on it; Test tries what stands in the form."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        page.set_viewport_size({"width": 1200, "height": 760})  # if narrower, the header breaks and hides the message

    def new(self) -> None:
        self.page.goto("/connection/add")
        self.page.locator("[aria-labelledby=select2-conn_type-container]").click(position={"x": 200, "y": 15})
        self.page.locator(".select2-search__field").last.fill("Astro")
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#select2-conn_type-container")).to_contain_text("Astro")

    def fill(self, conn_id: str, token: str, host: str = "", **extra: str) -> None:
        fields = {"conn_id": conn_id, "password": token, "host": host}
        for name, value in {**fields, **{f"extra__astro__{key}": text for key, text in extra.items()}}.items():
            self.page.locator(f"#{name}").fill(value)

    def save(self) -> None:
        self.page.get_by_role("button", name="Save").click()
        expect(self.page.get_by_text("Added Row")).to_be_visible()

    def edit(self, conn_id: str) -> None:
        self.page.goto("/connection/list/")
        self.page.get_by_role("row").filter(has_text=conn_id).locator("a[href*='/connection/edit/']").first.click()
        expect(self.page.locator("#conn_id")).to_have_value(conn_id)
        expect(self.page.locator("#model_form")).to_contain_text("API URL")  # a script names the fields

    def text(self) -> str:
        return self.page.locator("#model_form").inner_text().replace("\t", "\n")

    def value(self, field: str) -> tuple[str, str]:
        box = self.page.locator(f"#{field}, #extra__astro__{field}").first
        return str(box.get_attribute("type")), box.input_value()

    def test(self, connections: Mapping[str, Fields], conn_id: str) -> str:
        self.new()
        self.fill(conn_id, **connections[conn_id])
        with self.page.expect_response(lambda answer: answer.url.endswith("/connections/test")):
            self.page.get_by_role("button", name="Test").click()
        message = self.page.locator(".alert-message:visible, .alert:visible").first
        self.page.evaluate("scrollTo(0, 0)")  # where the message stands
        message.click(trial=True)  # fails if something lies over it
        return message.inner_text()


class FormOfAirflow3(ConnectionForm):
    """A dialog with folded sections; Test is a button in the list of saved connections.

    :param page: A tab with Airflow's address as its base.
    :param rest: Airflow's API.
    """

    def __init__(self, page: Page, rest: Rest) -> None:
        super().__init__(page)
        self.rest = rest
        self.tested: set[str] = set()
        page.route("**/connections/test", without_port)
        self.dialog = page.get_by_role("dialog")

    def new(self) -> None:
        self._list()
        self.page.get_by_role("button", name="Add Connection").click()
        self.dialog.get_by_role("combobox").click()
        self.page.keyboard.type("Astro")
        self.page.keyboard.press("Enter")
        expect(self.dialog.get_by_label("API URL")).to_be_visible()

    def fill(self, conn_id: str, token: str, host: str = "", **extra: str) -> None:
        self.dialog.get_by_label("Connection ID").fill(conn_id)
        self.dialog.locator("input[name=password]").fill(token)
        self.dialog.get_by_label("API URL").fill(host)
        if extra:
            self.unfold()
        for name, value in extra.items():
            self.dialog.locator(f"[name=element_{name}]").fill(value)
            self.page.keyboard.press("Tab")

    def unfold(self) -> None:
        """Open the section with the fields of this connection type."""
        self.dialog.get_by_role("button", name="Extra Fields", exact=True).click()
        expect(self.dialog.locator("[name=element_organization_id]")).to_be_visible()

    def save(self) -> None:
        self.dialog.get_by_role("button", name="Save").click()
        expect(self.dialog).to_be_hidden()

    def edit(self, conn_id: str) -> None:
        self._list()
        self._row(conn_id).get_by_role("button", name="Edit Connection").click()
        expect(self.dialog.get_by_label("API URL")).to_be_visible()

    def text(self) -> str:
        standard = self.dialog.inner_text()
        self.unfold()
        return f"{standard}\n{self.dialog.inner_text()}"

    def value(self, field: str) -> tuple[str, str]:
        box = self.dialog.locator(f"input[name={field}], input[name=element_{field}]")
        return str(box.get_attribute("type")), box.input_value()

    def test(self, connections: Mapping[str, Fields], conn_id: str) -> str:
        if not self.tested:  # all at once, since the UI does not look again for new ones
            for name, fields in connections.items():
                self._store(name, **fields)
            self.page.goto("/connections")
        self.tested.add(conn_id)
        if RETAKEN:
            self.page.goto("/connections")
        with self.page.expect_response("**/connections/test") as answer:  # messages may lie over the button
            self._row(conn_id).get_by_role("button", name="Test Connection").press("Enter")
        message = str(answer.value.json()["message"])
        shown = self.page.locator("[data-scope=toast][data-part=description]").filter(has_text=message)
        return shown.first.inner_text()

    def _store(self, conn_id: str, token: str, host: str, **extra: str) -> None:
        """Not through the form, which takes a browser ten seconds."""
        fields = {"connection_id": conn_id, "conn_type": "astro", "host": host, "password": token}
        self.rest.send("POST", "/api/v2/connections", {**fields, "extra": json.dumps(extra)}).raise_for_status()

    def _list(self) -> None:
        if self.dialog.is_visible():
            self.page.keyboard.press("Escape")
            expect(self.dialog).to_be_hidden()
        visit(self.page, "/connections")

    def _row(self, conn_id: str) -> Any:
        return self.page.get_by_role("row").filter(has=self.page.get_by_text(conn_id, exact=True))


def without_port(route: Route) -> None:
    """Mend what Airflow 3.3.2 sends: port 0 for "no port", which its own API then takes for another destination.

    Then no connection without a port can be tested (apache/airflow#73298, mended after 3.3.2).
    """
    body = route.request.post_data_json
    route.continue_(post_data=json.dumps({**body, "port": body["port"] or None}))
