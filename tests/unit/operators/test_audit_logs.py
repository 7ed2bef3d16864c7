"""Exporting audit logs as a task does: windows, places, names, permissions, events, and errors a person understands."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import os
import re
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, Asset

from astro_provider.errors import AstroError, ConfigurationError
from astro_provider.operators.audit_logs import ExportAuditLogsOperator

try:
    from airflow.sdk.execution_time.context import OutletEventAccessors
except ImportError:  # Airflow 2.11
    from airflow.utils.context import OutletEventAccessors

DAY = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=3)
NEXT = DAY + timedelta(days=1)
AUDIT_LOGS = "/organizations/*/audit-logs"


def text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@pytest.fixture
def records(astro):
    """Twenty-four records of the day, one at half past each hour."""
    made = [{"timestamp": text(DAY + timedelta(hours=hour, minutes=30)), "number": hour} for hour in range(24)]
    astro.add_audit_records(made)
    return made


@pytest.fixture
def interval(runner):
    runner.more_context |= {"data_interval_start": DAY, "data_interval_end": NEXT}


def export(runner, **arguments):
    return runner.run(ExportAuditLogsOperator, **arguments)


def read(path: str | Path) -> list[dict]:
    return [json.loads(line) for line in gzip.decompress(Path(path).read_bytes()).splitlines()]


class TestResult:
    def test_says_what_was_stored_and_the_file_holds_it(self, runner, records, interval, tmp_path):
        target = tmp_path / "new" / "folder" / "logs.ndjson.gz"
        result = export(runner, output_path=str(target))
        stored = target.read_bytes()
        assert read(target) == records
        assert result == {
            "path": str(target),
            "bytes": len(stored),
            "records": 24,
            "sha256": hashlib.sha256(stored).hexdigest(),
            "start": text(DAY),
            "end": text(NEXT),
        }
        assert json.loads(json.dumps(result)) == result

    def test_is_plain_text_where_that_is_asked_for(self, runner, records, interval, tmp_path):
        result = export(runner, output_path=f"{tmp_path}/logs.ndjson", compression=None)
        lines = (tmp_path / "logs.ndjson").read_text().splitlines()
        assert [json.loads(line) for line in lines] == records
        assert result["bytes"] == (tmp_path / "logs.ndjson").stat().st_size

    def test_is_carried_by_the_events_of_the_outlets(self, runner, records, interval, tmp_path):
        asset, other = Asset("x-test://logs"), Asset("x-test://index")
        events = runner.more_context["outlet_events"] = OutletEventAccessors()
        result = export(runner, output_path=f"{tmp_path}/", outlets=[asset, other])
        assert events[asset].extra == events[other].extra == result

    def test_of_another_organization_is_asked_for_and_named_so(self, astro, runner, interval, tmp_path):
        other = "clotherorganization000000"
        with pytest.raises(AirflowFailException, match=other):
            export(runner, output_path=f"{tmp_path}/", organization_id=f"{{{{ '{other}' }}}}")
        assert [request.path for request in astro.requests] == [f"/organizations/{other}/audit-logs"]

    def test_keeps_records_without_a_date_and_says_so(self, astro, runner, records, interval, tmp_path, caplog):
        astro.add_audit_records([{"number": 24}])
        assert export(runner, output_path=f"{tmp_path}/")["records"] == 25
        assert "Records whose timestamp cannot be read: 1. They are included" in caplog.text

    def test_without_records_is_a_whole_empty_file(self, astro, runner, interval, tmp_path):
        result = export(runner, output_path=f"{tmp_path}/logs.gz")
        assert result["records"] == 0
        assert read(result["path"]) == []


class TestWindow:
    def test_is_the_data_interval_and_half_open(self, astro, runner, records, interval, tmp_path):
        astro.add_audit_records({"timestamp": text(moment), "edge": True} for moment in (DAY, NEXT))
        result = export(runner, output_path=f"{tmp_path}/")
        assert result["records"] == 25
        assert [record["timestamp"] for record in read(result["path"]) if "edge" in record] == [text(DAY)]

    @pytest.mark.parametrize(
        "form", [text, str, lambda moment: moment], ids=["ISO 8601", "as Jinja writes it", "datetime"]
    )
    def test_can_be_given(self, runner, records, tmp_path, form):
        result = export(
            runner, output_path=f"{tmp_path}/", start=form(DAY + timedelta(hours=1)), end=form(DAY + timedelta(hours=3))
        )
        assert [record["number"] for record in read(result["path"])] == [1, 2]

    def test_is_rendered(self, runner, records, interval, tmp_path):
        runner.more_context |= {"since": DAY, "until": DAY + timedelta(hours=2)}
        result = export(
            runner, output_path=f"{tmp_path}/{{{{ params.who }}}}.gz", start="{{ since }}", end="{{ until }}"
        )
        assert result["path"] == f"{tmp_path}/tester.gz"
        assert result["records"] == 2

    def test_names_the_file_in_a_folder(self, astro, runner, records, interval, tmp_path):
        first = export(runner, output_path=f"{tmp_path}/")["path"]
        day = f"{DAY:%Y%m%dT%H%M%SZ}_{NEXT:%Y%m%dT%H%M%SZ}"
        assert first == f"{tmp_path}/audit-logs_{astro.organization_id}_{day}.ndjson.gz"
        assert export(runner, output_path=f"{tmp_path}/", compression=None)["path"] == first.removesuffix(".gz")

    def test_in_another_time_zone_is_named_in_utc(self, runner, records, tmp_path):
        east = timezone(timedelta(hours=2))
        result = export(runner, output_path=f"{tmp_path}/", start=DAY.astimezone(east), end=NEXT.astimezone(east))
        assert (result["start"], result["end"], result["records"]) == (text(DAY), text(NEXT), 24)
        assert result["path"].endswith(f"_{DAY:%Y%m%dT%H%M%SZ}_{NEXT:%Y%m%dT%H%M%SZ}.ndjson.gz")

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ({"start": text(DAY), "end": text(DAY)}, "is empty"),
            ({"start": text(NEXT), "end": text(DAY)}, "is reversed"),
            ({"start": DAY.replace(tzinfo=None), "end": text(NEXT)}, r"start .* has no time zone\. Write it in UTC.*Z"),
            ({"start": text(DAY), "end": f"{NEXT:%Y-%m-%d}"}, "end .* has no time zone"),
            ({"start": text(DAY), "end": "2999-01-01T00:00:00Z"}, "ends in the future"),
            ({"start": text(DAY - timedelta(days=99)), "end": text(DAY - timedelta(days=98))}, "for 90 days"),
            (
                {"start": "the day before", "end": text(NEXT)},
                "start='the day before' is not a date and time. Allowed:",
            ),
            ({"start": text(DAY)}, "end is not given, and this run has no data interval"),
            ({"start": "{{ nothing }}", "end": text(NEXT)}, "start rendered to 'None'"),
        ],
    )
    def test_that_cannot_be_exported_fails_before_anything_is_asked(self, astro, runner, tmp_path, arguments, words):
        runner.more_context["nothing"] = None
        with pytest.raises((AirflowFailException, ValueError), match=words):
            export(runner, output_path=f"{tmp_path}/", **arguments)
        assert astro.requests == []
        assert list(tmp_path.iterdir()) == []

    def test_of_a_run_without_interval_is_explained(self, astro, runner, tmp_path):
        runner.more_context |= {"data_interval_start": DAY, "data_interval_end": DAY}
        with pytest.raises(AirflowFailException, match=r"data interval is empty.*CronDataIntervalTimetable"):
            export(runner, output_path=f"{tmp_path}/")

    @pytest.mark.parametrize("value", [f"{NEXT:%Y-%m-%d}", NEXT.replace(tzinfo=None)])
    def test_without_a_time_zone_is_refused_when_the_dag_is_parsed(self, value):
        with pytest.raises(ValueError, match=r"end .* has no time zone"):
            ExportAuditLogsOperator(task_id="export", output_path="/tmp/", start=DAY, end=value)

    def test_may_name_its_time_zone(self, runner, records, tmp_path):
        local = f"{DAY.astimezone(ZoneInfo('Asia/Tokyo')):%Y-%m-%d %H:%M} Asia/Tokyo"
        result = export(runner, output_path=f"{tmp_path}/", start=local, end=text(NEXT))
        assert (result["start"], result["records"]) == (text(DAY), 24)

    def test_that_is_nearly_over_is_worth_a_retry(self, runner, tmp_path):
        soon = datetime.now(timezone.utc) + timedelta(minutes=1)
        with pytest.raises(ConfigurationError, match="ends in the future"):
            export(runner, output_path=f"{tmp_path}/", start=DAY, end=soon)

    def test_that_begins_before_the_oldest_records_is_exported_with_a_warning(self, runner, records, tmp_path, caplog):
        result = export(runner, output_path=f"{tmp_path}/", start=DAY - timedelta(days=90), end=NEXT)
        assert result["records"] == 24
        assert "starts more than 90 days ago" in caplog.text


class TestLocalFile:
    @pytest.mark.parametrize("prefix", ["", "file://"])
    def test_is_its_owners_alone_whatever_it_replaces(self, runner, records, interval, tmp_path, prefix):
        target = tmp_path / "logs.gz"
        target.write_text("old")
        target.chmod(0o644)
        assert export(runner, output_path=f"{prefix}{target}")["path"] == f"{prefix}{target}"
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert read(target) == records
        assert [path.name for path in tmp_path.iterdir()] == ["logs.gz"]

    def test_that_is_a_folder_is_said_so(self, astro, runner, interval, tmp_path):
        with pytest.raises(AirflowFailException, match="is a folder; end it with '/'"):
            export(runner, output_path=str(tmp_path))

    @pytest.mark.parametrize(("name", "compression"), [("a.ndjson", "gzip"), ("a.gz", None)])
    def test_whose_name_says_something_else_gets_a_warning(
        self, astro, runner, interval, tmp_path, caplog, name, compression
    ):
        export(runner, output_path=f"{tmp_path}/{name}", compression=compression)
        assert f"{name} will contain" in caplog.text

    @pytest.mark.slow
    def test_is_untouched_by_an_answer_that_is_cut_anywhere(
        self, astro, runner, records, interval, tmp_path, monkeypatch
    ):
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", once(astro))
        target = tmp_path / "logs.gz"
        target.write_text("old")
        size = len(gzip.compress("".join(json.dumps(record) + "\n" for record in records).encode()))
        for percent in range(100):
            astro.fault("GET", AUDIT_LOGS, truncate=size * percent // 100)
            with pytest.raises(AstroError, match="ended early, after"):
                export(runner, output_path=str(target))
            assert target.read_text() == "old"
            assert [path.name for path in tmp_path.iterdir()] == ["logs.gz"]

    def test_is_whole_after_a_retry(self, astro, runner, records, interval, tmp_path, monkeypatch):
        monkeypatch.setattr("time.sleep", lambda _: None)
        astro.fault("GET", AUDIT_LOGS, truncate=100)
        astro.fault("GET", AUDIT_LOGS, status=503, body={"message": "later " * 100}, truncate=50)
        assert export(runner, output_path=f"{tmp_path}/")["records"] == 24
        assert len(astro.requests) == 3

    def test_is_untouched_when_the_disk_is_full(self, astro, runner, records, interval, tmp_path, monkeypatch):
        target = tmp_path / "logs.gz"
        target.write_text("old")
        monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(OSError, match="No space left"):
            export(runner, output_path=str(target))
        assert target.read_text() == "old"
        assert [path.name for path in tmp_path.iterdir()] == ["logs.gz"]
        assert len(astro.requests) == 1


def once(astro, token: str | None = None) -> str:
    """The connection to the emulator, without retries."""
    return json.dumps({**astro.connection(), "password": token or astro.token, "extra": {"max_retries": 0}})


@pytest.mark.parametrize("role", ["ORGANIZATION_MEMBER", "WORKSPACE_OPERATOR"])
def test_a_token_of_a_lower_role_is_told_so(astro, runner, interval, tmp_path, monkeypatch, role):
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", once(astro, astro.issue_token(role)))
    with pytest.raises(AirflowFailException, match="need an API token with the role Organization Owner"):
        export(runner, output_path=f"{tmp_path}/")
    assert list(tmp_path.iterdir()) == []


def test_the_log_says_what_was_exported_and_neither_records_nor_token(
    astro, runner, records, interval, tmp_path, caplog
):
    astro.add_audit_records([{"timestamp": text(NEXT)}, {"timestamp": text(DAY), "secret": "of-a-record"}])
    with caplog.at_level(logging.INFO):
        result = export(runner, output_path=f"{tmp_path}/")
    assert (
        f"Exporting audit logs of Organization {astro.organization_id} from {text(DAY)} to {text(NEXT)}." in caplog.text
    )
    assert "The response contains records outside the window. Requesting it again" in caplog.text
    assert "Records dropped because they are outside the window: 1." in caplog.text
    assert re.search(r"Exported 25 records \([\d,]+ bytes\) in ", caplog.text)
    assert f"s to {result['path']} (sha256 {result['sha256']})" in caplog.text
    assert "of-a-record" not in caplog.text
    assert astro.token not in caplog.text


def test_a_wrong_compression_is_seen_when_the_dag_is_parsed(runner):
    with pytest.raises(ValueError, match="compression='zip' is not valid; allowed: 'gzip', None"):
        export(runner, output_path="x", compression="zip")
