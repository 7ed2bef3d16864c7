"""Whole tasks that get the values of tokens leave them nowhere: not in the metadata database, not in a log."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def ran(airflow_db, forks, tmp_path_factory):
    """What was printed, how each task ended, and the values that the stores were given."""
    values = tmp_path_factory.mktemp("outside") / "values"
    pushed = f"pushed-{secrets.token_hex(12)}"
    done = forks.run(
        "tests.integration.run_token_values",
        TOKEN_VALUES=str(values),
        AIRFLOW_VAR_PUSHED=pushed,
        AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "tests" / "integration" / "dags"),
    )
    assert done.returncode == 0, done.stderr[-4000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    return done.stdout + done.stderr, json.loads(line.removeprefix("RESULT ")), [*values.read_text().split(), pushed]


def test_the_tasks_did_their_work(ran):
    _, result, values = ran
    assert result["states"].pop("lose") in {"failed", "up_for_retry"}
    assert set(result["states"].values()) == {"success"}
    assert len(values) >= 6


def test_no_value_is_printed_or_in_the_serialized_dag(ran):
    printed, result, values = ran
    assert "store failed: OSError: cannot reach https://vault.example.com/?value=****" in printed
    assert [value for value in values if value in printed + result["serialized"]] == []


def test_no_value_is_in_the_metadata_database_or_in_a_log_file(ran, airflow_db):
    _, _, values = ran
    stored = b"".join(path.read_bytes() for path in airflow_db.parent.rglob("*") if path.is_file())
    assert b"token_values" in stored
    assert [value for value in values if value.encode() in stored] == []
    # not even the part of a token that makes it one
    assert [value for value in values if value.rpartition(".")[2].encode() in stored] == []
