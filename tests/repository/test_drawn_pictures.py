"""The drawn pictures of the docs: readable everywhere, and not older than what they show."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from astro_provider.models.statuses import STATUSES
from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator

DOCS = Path(__file__).parent.parent.parent / "docs"
DRAWN = sorted((DOCS / "images").glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"

each_picture = pytest.mark.parametrize("picture", DRAWN, ids=lambda path: path.stem)


def texts(name: str) -> list[str]:
    root = ElementTree.parse(DOCS / "images" / f"{name}.svg").getroot()
    return [text.text or "" for text in root.iter(f"{SVG}text")]


@each_picture
def test_a_picture_says_in_words_what_it_shows(picture):
    root = ElementTree.parse(picture).getroot()
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}desc")


@each_picture
def test_a_picture_is_small_and_needs_nothing_else(picture):
    assert picture.stat().st_size < 10_000
    assert {element.tag.removeprefix(SVG) for element in ElementTree.parse(picture).iter()} <= {
        *("svg", "title", "desc", "style", "defs", "marker"),
        *("rect", "circle", "path", "text"),
    }
    assert "://" not in picture.read_text().replace("http://www.w3.org/2000/svg", "")


@each_picture
def test_a_picture_has_a_background_of_its_own_in_light_and_dark(picture):
    root = ElementTree.parse(picture).getroot()
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    card = next(root.iter(f"{SVG}rect"))
    assert card.attrib["class"] == "card"
    assert (float(card.attrib["width"]), float(card.attrib["height"])) == (width - 1, height - 1)
    assert "prefers-color-scheme: dark" in (root.findtext(f"{SVG}style") or "")


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda path: path.name)
def test_a_picture_on_a_page_has_an_alternative_text(page):
    assert [alt for alt in re.findall(r"!\[([^\]]*)\]\(", page.read_text()) if len(alt) < 8] == []


def test_the_tree_of_if_exists_shows_every_choice():
    with pytest.raises(ValueError, match="allowed") as error:
        CreateDeploymentFromTemplateOperator(task_id="t", template="t.yaml", deployment_name="d", if_exists="nothing")
    choices = re.findall(r"'(\w+)'", str(error.value).split("allowed:")[1])
    assert len(choices) == 4
    assert {text.removesuffix(" (default)") for text in texts("if-exists")} >= set(choices)


def test_the_timeline_of_a_wait_shows_statuses_that_exist():
    assert {text for text in texts("wait") if text.isupper()} <= set(STATUSES)


def test_the_architecture_has_the_layers_of_the_import_order():
    page = (DOCS / "contributing" / "index.md").read_text()
    order = re.findall(r"^[\w |,]+$", page.split("```text\n")[1].split("```")[0], re.MULTILINE)
    layers = [re.split(r" \| |, ", line) for line in order]
    shown = [text.split(" | ") for text in texts("architecture")]
    assert [layer for layer in shown if layer in layers] == layers
