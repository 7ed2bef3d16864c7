"""Inspecting: the text as result or in a file, whole or not at all; the links; what it costs."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, ObjectStoragePath
from fsspec.implementations.memory import MemoryFileSystem

from astro_provider.deployment_file import loads
from astro_provider.hooks.astro import AstroHook
from astro_provider.operators.deployment import (
    CreateDeploymentFromTemplateOperator,
    InspectDeploymentOperator,
    UpdateDeploymentFromFileOperator,
)
from tests.unit.running import calls

try:
    from airflow.sdk.io import attach
except ImportError:  # Airflow 2.11
    from airflow.io.store import attach


@pytest.fixture
def deployment_id(astro):
    secret = {"key": "PASSWORD", "value": "stored-secret", "isSecret": True}
    plain = {"key": "GREETING", "value": "hello", "isSecret": False}
    made = astro.add_deployment("staging", description="words", environmentVariables=[secret, plain])
    astro.clear_requests()
    return made


def listing(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def inspect(runner, **arguments):
    return runner.run(InspectDeploymentOperator, **arguments)


def test_the_text_is_the_result_and_holds_no_secret(astro, runner, deployment_id):
    text = inspect(runner, deployment_id=deployment_id)
    file = loads(text, name="f")
    assert file.metadata.deployment_id == deployment_id
    assert file.configuration.name == "staging"
    assert [(v.key, v.value) for v in file.environment_variables] == [("PASSWORD", None), ("GREETING", "hello")]
    assert [r.method for r in astro.requests] == ["GET"]


def test_a_name_in_a_workspace_works_as_well_as_an_id(runner, deployment_id):
    by_name = inspect(runner, deployment_name="staging", workspace="Development")
    assert by_name == inspect(runner, deployment_id=deployment_id)


def test_the_links_and_facts_are_there(astro, runner, deployment_id):
    inspect(runner, deployment_id=deployment_id)
    assert deployment_id in runner.ti.xcoms["astro_url"]
    assert runner.ti.xcoms["webserver_url"].startswith(f"http://127.0.0.1:{astro.port}/")
    assert runner.ti.xcoms["status"] == "HEALTHY"


def test_an_inspected_file_applied_again_sends_nothing(astro, runner, deployment_id):
    text = inspect(runner, deployment_id=deployment_id)
    runner.run(UpdateDeploymentFromFileOperator, deployment_file=text)
    assert calls(astro, "POST") == []
    assert runner.ti.xcoms["changes"] == []


def test_a_template_makes_a_clone_with_secrets_supplied(astro, runner, deployment_id):
    template = inspect(runner, deployment_id=deployment_id, template=True)
    with pytest.raises(AirflowFailException, match="'PASSWORD' needs a value"):
        runner.run(CreateDeploymentFromTemplateOperator, template=template, deployment_name="clone")
    made = runner.run(
        CreateDeploymentFromTemplateOperator,
        template=template,
        deployment_name="clone",
        environment_variables={"PASSWORD": "another"},
    )
    assert astro.stored_secret(made, "PASSWORD") == "another"
    assert inspect(runner, deployment_id=made, template=True) == template


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_a_local_file_is_written_and_its_folder_made(runner, deployment_id, tmp_path, prefix):
    target = f"{prefix}{tmp_path}/new/folder/staging.yaml"
    assert inspect(runner, deployment_id=deployment_id, output_path=target) == target
    written = tmp_path / "new/folder/staging.yaml"
    assert loads(written.read_text(), name="f").configuration.name == "staging"
    assert listing(written.parent) == ["staging.yaml"]


def test_a_folder_gets_a_file_named_after_the_deployment(runner, astro, tmp_path):
    made = astro.add_deployment("feature/x y")
    written = inspect(runner, deployment_id=made, output_path=f"{tmp_path}/", output_format="json")
    assert written == f"{tmp_path}/feature-x-y.json"
    assert Path(written).read_text().startswith("{")


def test_a_replaced_file_keeps_its_permissions_and_a_link_its_target(runner, deployment_id, tmp_path):
    real = tmp_path / "real.yaml"
    real.write_text("old")
    real.chmod(0o640)
    (tmp_path / "link.yaml").symlink_to(real)
    inspect(runner, deployment_id=deployment_id, output_path=str(tmp_path / "link.yaml"))
    assert (tmp_path / "link.yaml").is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert loads(real.read_text(), name="f").configuration.name == "staging"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(runner, deployment_id, tmp_path, monkeypatch):
    target = tmp_path / "staging.yaml"
    target.write_text("old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        inspect(runner, deployment_id=deployment_id, output_path=str(target))
    assert target.read_text() == "old"
    assert listing(tmp_path) == ["staging.yaml"]


@pytest.fixture
def memory():
    """A store in memory, known to Airflow as the stores of its provider packages are."""
    attach(protocol="memory", fs=MemoryFileSystem())


def test_an_object_store_takes_the_file(runner, deployment_id, memory):
    url = "memory://bucket/files/staging.yaml"
    assert inspect(runner, deployment_id=deployment_id, output_path=url) == url
    assert loads(ObjectStoragePath(url).read_text(), name="f").configuration.name == "staging"


def test_an_unknown_kind_of_store_is_said_so(runner, deployment_id):
    with pytest.raises(AirflowFailException, match=r"'s4://bucket/f': .*filesystem.*s4.* Install"):
        inspect(runner, deployment_id=deployment_id, output_path="s4://bucket/f")


def test_an_output_path_that_came_out_blank_is_an_error_and_not_a_file_less(astro, runner, deployment_id):
    with pytest.raises(AirflowFailException, match="output_path rendered to blank text"):
        inspect(runner, deployment_id=deployment_id, output_path="{{ params.nothing | default('') }}")
    assert astro.requests == []


def test_a_place_where_nothing_can_be_made_is_named(runner, deployment_id):
    words = "output_path '/proc/x/f.yaml': the folder '/proc/x' cannot be created: No such file or directory."
    with pytest.raises(AirflowFailException, match=f"^{words}$"):
        inspect(runner, deployment_id=deployment_id, output_path="/proc/x/f.yaml")


@pytest.mark.parametrize("path", ["/proc/f.yaml", "/sys/f.yaml"])
def test_a_folder_that_takes_no_files_is_named(runner, deployment_id, path):
    with pytest.raises(
        (AirflowFailException, OSError), match=f"output_path '{path}': the folder .* cannot be written to: "
    ):
        inspect(runner, deployment_id=deployment_id, output_path=path)


def test_a_missing_deployment_writes_nothing(runner, astro, tmp_path):
    with pytest.raises(AirflowFailException, match="Deployment 'nobody' does not exist"):
        inspect(runner, deployment_name="nobody", output_path=f"{tmp_path}/f.yaml")
    assert listing(tmp_path) == []


def test_a_wrong_format_is_seen_when_the_dag_is_parsed(runner):
    with pytest.raises(ValueError, match=r"output_format='yml'.*'yaml'"):
        inspect(runner, deployment_id="x", output_format="yml")


def test_a_hybrid_deployment_costs_one_more_call_for_its_node_pools(astro, runner):
    cluster = astro.add_cluster("hybrid", "HYBRID", node_pools=[{"nodeInstanceType": "m5.large"}])
    made = astro.add_deployment("h", type="HYBRID", clusterId=cluster)
    astro.clear_requests()
    file = loads(inspect(runner, deployment_id=made), name="f")
    assert [queue.worker_type for queue in file.worker_queues] == ["m5.large"]
    assert len(astro.requests) == 2


def test_the_hook_gives_the_same_text(runner, deployment_id):
    text = AstroHook().inspect_deployment(deployment_name="staging", template=True)
    assert text == inspect(runner, deployment_id=deployment_id, template=True)


class TestOutputPath:
    def test_comes_back_absolute_and_is_read_by_an_update(self, astro, runner, deployment_id, tmp_path, monkeypatch):
        folder = tmp_path / "elsewhere"
        folder.mkdir()
        monkeypatch.chdir(folder)
        written = inspect(runner, deployment_id=deployment_id, output_path="rel.yaml")
        assert written == str(folder / "rel.yaml")
        monkeypatch.chdir(tmp_path)
        runner.run(UpdateDeploymentFromFileOperator, deployment_file=written)
        assert runner.ti.xcoms["changes"] == []

    def test_may_be_a_url_that_an_update_reads(self, runner, deployment_id, tmp_path, memory):
        for url in (f"file://{tmp_path}/f.yaml", "memory://bucket/files/staging.yaml"):
            written = inspect(runner, deployment_id=deployment_id, output_path=url)
            runner.run(UpdateDeploymentFromFileOperator, deployment_file=written)
            assert runner.ti.xcoms["changes"] == []

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("memory://bucket/nowhere.yaml", "memory://bucket/nowhere.yaml: no such file"),
            ("memory://bucket/huge.yaml", "memory://bucket/huge.yaml: is too large"),
            ("s4://bucket/f.yaml", "deployment_file 's4://bucket/f.yaml': .*Install"),
            ("file:///nowhere/f.yaml", "/nowhere/f.yaml: no such file"),
        ],
    )
    def test_a_url_without_a_file_is_one_clear_error(self, runner, astro, memory, url, words):
        ObjectStoragePath("memory://bucket/huge.yaml").write_bytes(b" " * (1024 * 1024 + 1))
        with pytest.raises(AirflowFailException, match=words):
            runner.run(UpdateDeploymentFromFileOperator, deployment_file=url)
        assert astro.requests == []

    def test_in_the_home_folder(self, runner, deployment_id, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        assert inspect(runner, deployment_id=deployment_id, output_path="~/f.yaml") == f"{tmp_path}/f.yaml"

    @pytest.mark.parametrize(
        ("place", "words"),
        [
            ("folder", "is a folder"),
            (
                "file/f.yaml",
                r"^output_path '.*/f\.yaml': the folder '.*/file' cannot be created: a part of .* is a file\.$",
            ),
            ("file/folder/f.yaml", "the folder '.*/file/folder' cannot be created: a part of this path is a file"),
            ("pipe", "is a device or a pipe"),
            ("f" * 300, "output_path .*: a name in this path is too long"),
        ],
    )
    def test_that_cannot_be_written_is_one_clear_error(self, runner, deployment_id, tmp_path, place, words):
        (tmp_path / "folder").mkdir()
        (tmp_path / "file").write_text("old")
        os.mkfifo(tmp_path / "pipe")
        before = sorted(listing(tmp_path))
        with pytest.raises(AirflowFailException, match=words):
            inspect(runner, deployment_id=deployment_id, output_path=f"{tmp_path}/{place}")
        assert sorted(listing(tmp_path)) == before
        assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
