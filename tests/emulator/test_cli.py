"""The emulator as a program."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import pytest
import requests

from .calls import AMOUNTS

COMMAND = [sys.executable, "-m", "astro_provider.emulator"]


@pytest.fixture
def served():
    """A running emulator program and its URL, taken from what it prints."""
    command = [*COMMAND, "--port", "0", "--progress", "immediately"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        line = process.stdout.readline()
        yield process, re.search(r"http://127\.0\.0\.1:\d+/v1", line)[0]
        process.kill()


def test_it_serves_and_its_output_holds_neither_token_nor_values(served):
    process, url = served
    port = url.split(":")[2].removesuffix("/v1")
    shown = subprocess.run([*COMMAND, "--port", port, "--show-connection"], capture_output=True, text=True, check=True)
    connection = json.loads(shown.stdout)
    assert (connection["conn_type"], connection["host"]) == ("astro", url)
    session = {"headers": {"Authorization": f"Bearer {connection['password']}"}, "timeout": 10}
    organization = requests.get(f"{url}/organizations", **session).json()["organizations"][0]["id"]
    workspace = requests.get(f"{url}/organizations/{organization}/workspaces", **session).json()["workspaces"][0]["id"]
    variable = {"key": "K", "value": "s3cret-value", "isSecret": True}
    body = {"name": "n", "workspaceId": workspace, "type": "STANDARD", "environmentVariables": [variable], **AMOUNTS}
    assert requests.post(f"{url}/organizations/{organization}/deployments", json=body, **session).status_code == 200
    process.send_signal(signal.SIGTERM)
    output = process.communicate(timeout=20)[0]
    assert process.returncode == 0
    assert "POST /organizations" in output
    assert connection["password"] not in output
    assert "s3cret-value" not in output


def test_it_says_where_its_pages_are(served):
    process, url = served
    pages = url.removesuffix("v1")
    assert process.stdout.readline() == f"Pages for a browser; the links of tasks lead there: {pages}\n"
    assert "Example Organization" in requests.get(pages, timeout=10).text


def test_the_token_is_shown_for_the_cli_of_astro():
    shown = subprocess.run([*COMMAND, "--show-token"], capture_output=True, text=True, check=True)
    connection = subprocess.run([*COMMAND, "--show-connection"], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == json.loads(connection.stdout)["password"]


def test_a_port_in_use_is_one_clear_line(served):
    port = served[1].split(":")[2].removesuffix("/v1")
    second = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True)
    assert second.returncode == 1
    assert second.stderr.strip().splitlines() == [
        f"127.0.0.1:{port} cannot be used: Address already in use. Choose another port with --port."
    ]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--progress", "slowly", "'slowly'; allowed: 'immediately', 'reads:N', 'seconds:S'"),
        ("--progress", "reads:x", "'reads:x'; allowed: 'immediately', 'reads:N', 'seconds:S'"),
        ("--port", "99999", "'99999' is not a TCP port; allowed: 0 (a free one) to 65535"),
        ("--upload-port", "x", "'x' is not a TCP port; allowed: 0 (a free one) to 65535"),
        ("--registry", "http://x", "'http://x' is not the address of a registry; allowed: HOST or HOST:PORT"),
        ("--variant", "finalise", "invalid choice: 'finalise' (choose from"),
        ("--latency", "-1", "'-1' is not a number of seconds; allowed: 0 or more"),
        ("--database", "/nonexistent/x.db", "'/nonexistent/x.db' cannot be used as an SQLite file: unable to open"),
    ],
)
def test_a_wrong_value_is_one_line_that_says_what_is_right(option, value, said):
    wrong = subprocess.run([*COMMAND, option, value], capture_output=True, text=True)
    assert wrong.returncode == 2
    line = wrong.stderr.splitlines()[-1]
    assert f"error: argument {option}: " in line
    assert said in line
    assert "Traceback" not in wrong.stderr


def test_a_misspelt_option_names_the_nearest():
    wrong = subprocess.run([*COMMAND, "--databse", "x.db"], capture_output=True, text=True)
    assert wrong.returncode == 2
    assert wrong.stderr.endswith("error: There is no option '--databse'. Did you mean '--database'?\n")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["ephemeral-*"], "needs NAMES URL"),
        (["ephemeral-*", "admin:s3cret@127.0.0.1"], "url must be the address of an Airflow"),
        (["ephemeral-*", "http://127.0.0.1:8080", "no/such/folder"], "dags_folder='no/such/folder' is not a folder"),
    ],
)
def test_a_real_airflow_that_cannot_be_used_is_one_line(given, said):
    done = subprocess.run([*COMMAND, "--airflow", *given], capture_output=True, text=True)
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[-1]
    assert "s3cret" not in done.stderr


def test_a_real_airflow_is_bound_with_a_login_that_is_not_printed(tmp_path):
    bound = ["--airflow", "ephemeral-*", "http://admin:s3cret@127.0.0.1:8080", str(tmp_path)]
    done = subprocess.run([*COMMAND, *bound, "--show-connection"], capture_output=True, text=True)
    assert (done.returncode, "s3cret" in done.stdout + done.stderr) == (0, False)
