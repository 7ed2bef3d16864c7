"""The name of a dbt project, whatever else its file says."""

from __future__ import annotations

import pytest

from astro_provider.archive import scan
from astro_provider.deployment_file.dbt_project import project_name
from astro_provider.errors import DeploymentFileError

PROJECT = """\
# Name your project!
config-version: 2
x-defaults: &defaults {schema: marts, name: not this}
models:
  name: nor this
  shop:
    +materialized: table
    <<: *defaults
    tags: !custom ["a", "b"]
    tags: [again]
name: 'shop'
vars: {"start": "{{ env_var('START') }}"}
"""


@pytest.fixture
def project(tmp_path):
    def project(text: str | bytes):
        (tmp_path / "dbt_project.yml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path

    return project


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (PROJECT, "shop"),
        ("name: jaffle_shop\n", "jaffle_shop"),
        ('{"name": "shop2"}', "shop2"),
        ('\ufeffname: "shop"', "shop"),
        ("name: _x1", "_x1"),
        ("? [a, b]\n: c\n? {d: e}\n: [f]\nname: shop", "shop"),
        ("name: shop\nmodels: [", "shop"),
    ],
    ids=["a real one", "plain", "JSON", "with a BOM", "underscore", "odd keys", "broken behind it"],
)
def test_the_name_at_the_root_is_the_projects(project, text, name):
    assert project_name(project(text)) == name
    assert project_name(str(project(text))) == name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: 2\n", "name: is missing"),
        ("", "name: is missing"),
        ("- name: x", "name: is missing"),
        ("name:", "name: is missing"),
        ("name: ~", "name: is missing"),
        ("name: [a]", "name: is missing"),
        ("a: 1\nname: my shop", "line 2: name: 'my shop' is not the name of a dbt project; allowed: letters"),
        ("name: 1shop", "'1shop' is not the name"),
        ("name: ../../etc", "is not the name"),
        ('name: "{{ x }}"', "is not the name"),
        ("a: [\nname: x", "is not valid YAML"),
        (b"name: \xff", "not UTF-8"),
    ],
    ids=str,
)
def test_a_file_without_a_name_that_dbt_takes_is_refused_with_its_line(project, text, words):
    with pytest.raises(DeploymentFileError) as caught:
        project_name(project(text))
    assert words in str(caught.value)
    assert "dbt_project.yml" in str(caught.value)


def test_a_folder_without_the_file_is_not_a_project(tmp_path):
    with pytest.raises(
        DeploymentFileError, match=r"dbt_project\.yml: does not exist, so the folder is not a dbt project"
    ):
        project_name(tmp_path)
    (tmp_path / "dbt_project.yaml").write_text("name: shop")
    with pytest.raises(DeploymentFileError, match=r"there is 'dbt_project\.yaml', which dbt does not read"):
        project_name(tmp_path)


def test_a_project_is_archived_without_a_prefix(project):
    folder = project("name: shop")
    (folder / "models").mkdir()
    (folder / "models" / "orders.sql").write_text("select 1")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("token")
    assert [entry.path for entry in scan(folder, prefix="").entries] == ["dbt_project.yml", "models/orders.sql"]
