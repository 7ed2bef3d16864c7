"""What ``make demo`` and ``make ui`` tell a person."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from astro_provider.emulator import Emulator
from dev import environments, programs, ui
from dev.demo import DAG, Run
from dev.examples import everything
from dev.metadata import Task
from dev.ui import exports, tour

CREATE = "create_deployment"


class RunningAirflow:
    """An Airflow in which one task has the states of a list, one for each look."""

    url = "http://127.0.0.1:1"
    python = Path("/venv/bin/python")
    environment = {"AIRFLOW_HOME": "/a home", "HOME": "/root"}

    def __init__(self, *tasks: Task, log: str = "") -> None:
        self.metadata = SimpleNamespace(tasks=lambda *_: {CREATE: self._states.pop(0)}, xcom=lambda *_: None)
        self._states = list(tasks)
        self._log = log

    def trigger(self, dag_id: str) -> str:
        return "run-1"

    def task_log(self, *_: str) -> str:
        return self._log


def told(capsys, *tasks, log=""):
    run = Run(RunningAirflow(*tasks, log=log), astro=None)
    for _ in tasks:
        run.look()
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("log", "why"),
    [
        ("", "The task's log has no error: Airflow itself ended this attempt."),
        (json.dumps({"level": "error", "event": "no quota"}), "This attempt ended with an error: no quota"),
    ],
    ids=["by Airflow", "by an error"],
)
def test_a_retry_is_explained(capsys, log, why):
    first, second = Task(CREATE, "up_for_retry", 1, None), Task(CREATE, "running", 2, 7)
    said = told(capsys, first, second, log=f"not JSON\n{log}")
    assert why in said
    assert "Airflow tries it again after 10 s" in said
    assert "running (attempt 2)" in said


def test_a_task_that_is_tried_once_needs_no_explanation(capsys):
    said = told(capsys, Task(CREATE, "running", 1, 7), Task(CREATE, "success", 1, None))
    assert "attempt" not in said
    assert "done" in said


@pytest.fixture
def astro():
    with Emulator() as astro:
        everything(astro)
        yield astro


def test_the_tour_names_every_address_and_what_to_know(astro, tmp_path):
    said = tour(RunningAirflow(), astro, DAG, tmp_path / "environment.sh")
    for address in (f"http://127.0.0.1:1/dags/{DAG}", f"http://127.0.0.1:{astro.port}\n", f"{astro.url}\n"):
        assert address in said
    assert f"source {tmp_path}/environment.sh\n" in said
    assert "apache/airflow#73298" in said
    assert "the port 8888" in said  # the emulator has another one here


def test_ctrl_c_is_the_usual_end_of_the_ui(astro, tmp_path, monkeypatch, capsys):
    def press_ctrl_c(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(ui.time, "sleep", press_ctrl_c)
    ui.keep(RunningAirflow(), astro, DAG, tmp_path / "environment.sh")  # so `make ui` ends without an error
    assert "until you press Ctrl-C" in capsys.readouterr().out
    assert (tmp_path / "environment.sh").stat().st_mode & 0o77 == 0


def test_a_shell_can_source_the_environment(astro, tmp_path):
    file = tmp_path / "environment.sh"
    file.write_text(exports(RunningAirflow(), astro))
    command = f'. {file}; echo "$AIRFLOW_HOME|$ASTRO_API_TOKEN|$ASTRO_DOMAIN|${{PATH%%:*}}"'
    done = subprocess.run(["sh", "-c", command], env={"PATH": os.defpath}, capture_output=True, text=True, check=True)
    assert done.stdout == f"/a home|{astro.token}|localhost|/venv/bin\n"


def test_what_the_examples_expect_can_be_there_at_once(astro):
    names = [deployment["name"] for deployment in astro.deployments]
    assert len(names) == len(set(names))
    assert {"development", "pr-1", "production", "reporting", "sales", "staging", "standby"} <= set(names)


def test_what_an_environment_downloads_is_announced_before(monkeypatch, capsys, tmp_path):
    said = []
    (tmp_path / "airflow-3" / "bin").mkdir(parents=True)
    (tmp_path / "airflow-3" / "bin" / "python").touch()
    monkeypatch.setattr(environments, "VENVS", tmp_path)
    monkeypatch.setattr(environments, "boot", lambda: Path("uv"))
    monkeypatch.setattr(environments, "uv_environment", dict)
    monkeypatch.setattr(environments, "run", lambda *_, **__: said.append(capsys.readouterr().out))
    environments.ensure("airflow-3")
    assert "Airflow 3.3.2" in said[0]
    assert "about 200 MB to download" in said[0]
    capsys.readouterr()
    environments.ensure("airflow-3")
    assert capsys.readouterr().out == ""


def test_what_debian_sends_is_announced_before(monkeypatch, capsys):
    listed = (
        "'http://deb.debian.org/a.deb' a.deb 4954916 SHA256:1\n'http://deb.debian.org/b.deb' b.deb 1000000 SHA256:2\n"
    )
    said = []
    monkeypatch.setattr(programs.subprocess, "run", lambda *_, **__: SimpleNamespace(stdout=listed))
    monkeypatch.setattr(programs, "run", lambda *_, **__: said.append(capsys.readouterr().out))
    programs.install("chromium")
    assert said == ["Getting chromium from Debian: 6 MB to download.\n"]
