"""Audit logs as they come over the wire: stored as they are or anew, counted, checked, and never half."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import logging
import re
import sys
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from astro_provider.audit_logs import gunzip, records
from astro_provider.audit_logs.export import REPORT_EVERY
from astro_provider.client.audit_logs import RETENTION, checked_window
from astro_provider.errors import ConfigurationError, ForbiddenError, NoResponseError, UnexpectedResponseError
from astro_provider.http import transport
from tests.builders.addresses import path
from tests.slow import mostly_slow

START = datetime(2026, 11, 1, tzinfo=timezone.utc)
END = START + timedelta(days=1)
URL = path("/audit-logs")
RETRIES = 6


class Store:
    """A place to write to that shows only what was ended well."""

    def __init__(self):
        self.published: list[bytes] = []
        self.opened = 0

    @contextmanager
    def open(self):
        self.opened += 1
        written = bytearray()
        yield type("Output", (), {"write": lambda _, data: written.extend(data)})()
        self.published.append(bytes(written))


@pytest.fixture
def store():
    return Store()


def line(moment: str | None = "2026-11-01T12:00:00.000Z", **more) -> bytes:
    stamp = {} if moment is None else {"timestamp": moment}
    return json.dumps({**stamp, "subjectId": "cl1", **more}).encode() + b"\n"


BODY = b"".join(line(f"2026-11-01T{hour:02}:30:00Z", number=hour) for hour in range(24))


def answer(requests_mock, *bodies: bytes, **headers: str):
    """Answer with each body once, the last one for ever, as a server that knows how long they are."""
    requests_mock.get(
        URL, [{"content": body, "headers": {"Content-Length": str(len(body)), **headers}} for body in bodies]
    )


def export(client, store, **arguments):
    return client.audit_logs.export(store.open, **{"start": START, "end": END, **arguments})


@pytest.fixture(params=[7, 1, transport.PIECE], ids=["pieces of 7", "single bytes", "one piece"])
def pieces(request, monkeypatch):
    monkeypatch.setattr(transport, "PIECE", request.param)


@pytest.mark.usefixtures("pieces")
class TestWholeBodies:
    def test_the_wires_own_gzip_is_stored_as_it_is(self, client, store, requests_mock):
        packed = gzip.compress(BODY, 1)
        answer(requests_mock, packed, **{"Content-Encoding": "gzip"})
        done = export(client, store)
        assert store.published == [packed]
        assert (done.bytes, done.records, done.dropped) == (len(packed), 24, 0)
        assert done.sha256 == hashlib.sha256(packed).hexdigest()

    def test_gzip_is_known_by_its_bytes_where_no_header_says_so(self, client, store, requests_mock):
        packed = gzip.compress(BODY)
        answer(requests_mock, packed)
        assert export(client, store).records == 24
        assert store.published == [packed]

    def test_a_body_that_a_proxy_unpacked_is_packed_again(self, client, store, requests_mock):
        answer(requests_mock, BODY, **{"Content-Encoding": "gzip"})
        done = export(client, store)
        (stored,) = store.published
        assert gzip.decompress(stored) == BODY
        assert (done.records, done.sha256) == (24, hashlib.sha256(stored).hexdigest())

    @pytest.mark.parametrize("body", [gzip.compress(BODY), BODY], ids=["gzip", "plain"])
    def test_plain_text_is_stored_as_plain_text(self, client, store, requests_mock, body):
        answer(requests_mock, body)
        done = export(client, store, compression=None)
        assert store.published == [BODY]
        assert (done.bytes, done.records) == (len(BODY), 24)

    def test_several_gzip_members_and_padding_are_one_body(self, client, store, requests_mock):
        cut = len(BODY) // 2 + 11  # within a line
        packed = gzip.compress(BODY[:cut]) + gzip.compress(b"") + gzip.compress(BODY[cut:]) + b"\0\0\0"
        answer(requests_mock, packed)
        assert export(client, store).records == 24
        assert store.published == [packed]
        assert gzip.decompress(packed) == BODY

    @pytest.mark.parametrize("body", [gzip.compress(b""), b""], ids=["gzip", "nothing at all"])
    def test_no_records_are_an_empty_file(self, client, store, requests_mock, body):
        answer(requests_mock, body)
        assert export(client, store).records == 0
        assert [gzip.decompress(stored) for stored in store.published] == [b""]


def test_a_long_and_well_packed_body_is_unpacked_in_blocks(client, store, requests_mock, monkeypatch):
    sizes = []
    feed = records.Records.feed
    monkeypatch.setattr(records.Records, "feed", lambda self, block: (sizes.append(len(block)), feed(self, block))[1])
    body = line(padding="x" * 3000) * 2000
    packed = gzip.compress(body)
    assert len(body) > 100 * len(packed)
    answer(requests_mock, packed)
    assert export(client, store).records == 2000
    assert sum(sizes) == len(body)
    assert max(sizes) <= gunzip.BLOCK


class TestDamage:
    PACKED = gzip.compress(BODY)
    BROKEN_TRAILER = PACKED[:-5] + bytes([PACKED[-5] ^ 1]) + PACKED[-4:]
    FLIPPED = PACKED[:60] + bytes([PACKED[60] ^ 0x55]) + PACKED[61:]
    CASES = {
        "a bit of the gzip stream": (FLIPPED, r"gzip stream is damaged|not JSON"),
        "the gzip trailer": (BROKEN_TRAILER, "gzip stream is damaged .*CRC check failed"),
        "garbage behind the gzip stream": (PACKED + b"no gzip member", "gzip stream is damaged"),
        "a last line without an end": (gzip.compress(BODY[:-1]), r"last line of the body \(line 24\) has no end"),
        "a line that is not JSON": (gzip.compress(BODY + b"{'a': 1}\n"), "line 25 of the body is not JSON"),
        "a line that is no object": (gzip.compress(BODY + b"[1]\n"), "line 25 .* not a JSON object but a JSON list"),
        "bytes that are not UTF-8": (
            BODY + b'{"timestamp": "2026-11-01T12:00:00Z", "a": "\xff"}\n',
            "line 25 .* not JSON",
        ),
        "a record on two lines": (
            BODY + b'{"timestamp":\n"2026-11-01T12:00:00Z"}\n',
            "line 25 of the body is not JSON",
        ),
        "two records on a line": (BODY + line().strip() + line(), "line 25 of the body is not JSON"),
        "a page instead of records": (b"<html>Sign in</html>\n", "line 1 of the body is not JSON"),
    }

    @pytest.mark.parametrize(("body", "reason"), CASES.values(), ids=CASES)
    @pytest.mark.parametrize("compression", ["gzip", None])
    def test_is_never_published_and_asked_for_again(self, client, store, requests_mock, body, reason, compression):
        answer(requests_mock, body)
        with pytest.raises(UnexpectedResponseError, match=reason) as caught:
            export(client, store, compression=compression)
        assert store.published == []
        assert requests_mock.call_count == store.opened == RETRIES + 1
        assert caught.value.retryable
        assert "cl1" not in str(caught.value)  # what a record says stays out of logs

    def test_a_good_answer_after_bad_ones_is_the_export(self, client, store, requests_mock, pauses):
        answer(requests_mock, self.PACKED[:-9], self.BROKEN_TRAILER, self.PACKED)
        assert export(client, store).records == 24
        assert store.published == [self.PACKED]
        assert len(pauses) == 2

    def test_a_line_that_never_ends_does_not_fill_the_memory(self, client, store, requests_mock, monkeypatch):
        monkeypatch.setattr(records, "LONGEST_LINE", 50_000)
        answer(requests_mock, gzip.compress(b'{"a": "' + b"x" * 2_000_000))
        with pytest.raises(UnexpectedResponseError, match="line 1 of the body has no end within 50,000 bytes"):
            export(client, store)
        assert store.published == []


#: Every percent of a body; each quarter of it is quick.
CUTS = mostly_slow(sorted(range(100), key=lambda percent: percent % 25), quick=4)


@pytest.mark.parametrize("percent", CUTS)
@pytest.mark.parametrize("kind", ["gzip", "plain"])
def test_a_body_cut_anywhere_is_never_published(client, store, requests_mock, percent, kind):
    body = gzip.compress(BODY) if kind == "gzip" else BODY
    requests_mock.get(URL, content=body[: len(body) * percent // 100], headers={"Content-Length": str(len(body))})
    with pytest.raises((NoResponseError, UnexpectedResponseError)):
        export(client, store)
    assert store.published == []


@pytest.mark.parametrize("percent", CUTS)
def test_a_cut_gzip_body_of_unknown_length_is_never_published(client, store, requests_mock, percent):
    body = gzip.compress(BODY)
    requests_mock.get(URL, content=body[: len(body) * percent // 100])
    with pytest.raises(UnexpectedResponseError, match=r"gzip stream ends too early|where it ends|not JSON|has no end"):
        export(client, store)
    assert store.published == []


def test_a_plain_body_of_unknown_length_may_be_cut_and_is_refused(client, store, requests_mock):
    requests_mock.get(URL, content=BODY)
    with pytest.raises(UnexpectedResponseError, match="neither its headers nor its body show where it ends"):
        export(client, store)
    assert store.published == []


class TestWindow:
    OUTSIDE = (line("2026-10-31T23:59:59.999999Z"), line("2026-11-02T00:00:00Z"), line("2026-11-02T00:00:00.000001Z"))
    INSIDE = (line("2026-11-01T00:00:00Z"), line("2026-11-01T23:59:59.999999Z"), line("2026-11-02T01:00:00+02:00"))

    def test_asks_for_both_ends_in_utc_and_a_little_more(self, client, store, requests_mock):
        answer(requests_mock, gzip.compress(BODY))
        plus_two = timezone(timedelta(hours=2))
        export(client, store, start=datetime(2026, 11, 1, 2, tzinfo=plus_two))
        asked = requests_mock.last_request
        assert asked.qs == {"startdate": ["2026-10-31t23:59:59.999000z"], "enddate": ["2026-11-02t00:00:00z"]}
        assert asked.headers["Accept-Encoding"] == "gzip"

    @pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
    @pytest.mark.parametrize("compression", ["gzip", None])
    def test_holds_its_start_and_not_its_end(self, client, store, requests_mock, packed, compression):
        body = b"".join(self.OUTSIDE + self.INSIDE)
        answer(requests_mock, gzip.compress(body) if packed else body)
        done = export(client, store, compression=compression)
        assert (done.records, done.dropped) == (3, 3)
        stored = store.published[0]
        assert (gzip.decompress(stored) if compression else stored) == b"".join(self.INSIDE)
        assert done.sha256 == hashlib.sha256(stored).hexdigest()
        # Only gzip that was to be kept as it is has to be asked for again.
        assert requests_mock.call_count == (2 if packed and compression else 1)

    def test_next_to_another_has_each_record_once(self, client, store, requests_mock):
        records = [line((START + timedelta(minutes=30 * n)).isoformat(), n=n) for n in range(97)]
        answer(requests_mock, gzip.compress(b"".join(records)))
        for day in (0, 1):
            since = START + timedelta(days=day)
            export(client, store, start=since, end=since + timedelta(days=1), compression=None)
        assert b"".join(store.published) == b"".join(records[:96])

    @pytest.mark.parametrize("stamp", [None, "yesterday", 1793534400, {"seconds": 1}, True])
    def test_keeps_and_counts_a_record_without_a_timestamp_it_can_read(self, client, store, requests_mock, stamp):
        odd = line(stamp)
        answer(requests_mock, BODY + odd)
        done = export(client, store, compression=None)
        assert (done.records, done.undated) == (25, 1)
        assert store.published == [BODY + odd]

    @pytest.mark.parametrize("stamp", ["2026-11-01 12:00:00", "2026-11-01T12:00:00.123456789Z", "2026-11-01T12:00:00"])
    def test_reads_other_forms_of_a_timestamp(self, client, store, requests_mock, stamp):
        answer(requests_mock, line(stamp) + line(stamp.replace("-01", "-03")))
        done = export(client, store)
        assert (done.records, done.dropped, done.undated) == (1, 1, 0)

    def test_leaves_out_blank_lines_only_where_it_packs_anew(self, client, store, requests_mock):
        spaced = b"\n" + BODY + b"\r\n\n" + line().strip() + b"\r\n"
        answer(requests_mock, spaced)
        assert export(client, store, compression=None).records == 25
        assert store.published == [BODY + line().strip() + b"\r\n"]


def test_an_error_body_is_read_whatever_its_type_and_the_needed_role_is_named(client, store, requests_mock):
    problem = {"message": "Forbidden", "requestId": "r-1", "statusCode": 403}
    requests_mock.get(URL, status_code=403, json=problem, headers={"Content-Type": "application/octet-stream"})
    with pytest.raises(ForbiddenError, match=r"the role Organization Owner\. Astro says: Forbidden \[requestId r-1\]"):
        export(client, store)
    assert store.opened == 0
    assert requests_mock.call_count == 1


def test_another_organization_can_be_named(client, store, requests_mock):
    requests_mock.get("https://api.example.com/v1/organizations/clother/audit-logs", content=gzip.compress(BODY))
    assert export(client, store, organization_id="clother").records == 24


def test_a_long_export_says_how_far_it_has_come(client, store, requests_mock, monkeypatch, caplog):
    monkeypatch.setattr("astro_provider.audit_logs.export.REPORT_EVERY", 0.0)
    answer(requests_mock, gzip.compress(BODY))
    with caplog.at_level(logging.INFO):
        export(client, store)
    assert re.search(rf"So far 24 records \({len(gzip.compress(BODY))} bytes\) in \d+\.\d s", caplog.text)


def test_it_says_so_every_few_seconds_and_not_with_every_piece(client, store, requests_mock, monkeypatch, caplog):
    monkeypatch.setattr(transport, "PIECE", 1)
    seconds = itertools.count()
    monkeypatch.setattr("astro_provider.audit_logs.export.time", SimpleNamespace(monotonic=lambda: next(seconds)))
    answer(requests_mock, BODY)  # a second passes with each byte
    with caplog.at_level(logging.INFO):
        export(client, store, compression=None)
    assert caplog.text.count("So far") == len(BODY) // REPORT_EVERY


def test_a_place_that_cannot_be_written_to_is_no_reason_to_ask_again(client, requests_mock):
    answer(requests_mock, gzip.compress(BODY))

    @contextmanager
    def full():
        raise OSError(28, "No space left on device")
        yield

    with pytest.raises(OSError, match="No space left"):
        client.audit_logs.export(full, start=START, end=END)
    assert requests_mock.call_count == 1


class TestRetention:
    """Astro keeps records for 90 days; a window's end is not part of it."""

    NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
    KEPT_SINCE = NOW - RETENTION

    def test_a_window_that_ends_where_it_begins_is_gone(self):
        with pytest.raises(ConfigurationError, match="is no longer available: Astro keeps audit logs for 90 days"):
            checked_window(self.KEPT_SINCE - timedelta(days=1), self.KEPT_SINCE, self.NOW)

    def test_a_window_of_which_a_moment_is_left_is_a_warning(self):
        warning = checked_window(self.KEPT_SINCE - timedelta(days=1), self.KEPT_SINCE + timedelta(seconds=1), self.NOW)
        assert warning is not None
        assert "starts more than 90 days ago" in warning

    def test_a_window_that_starts_where_it_begins_is_whole(self):
        assert checked_window(self.KEPT_SINCE, self.NOW, self.NOW) is None


@pytest.mark.parametrize("compression", ["gzip", None])
def test_without_isal_the_standard_library_does_the_same(client, store, requests_mock, monkeypatch, compression):
    for name in ("isal", "isal.igzip", "isal.igzip_lib"):
        monkeypatch.setitem(sys.modules, name, None)
    packed = gzip.compress(BODY, 1)
    answer(requests_mock, packed, **{"Content-Encoding": "gzip"})
    assert export(client, store, compression=compression).records == 24
    assert store.published == [packed if compression else BODY]


def test_without_isal_a_damaged_body_is_no_export_either(client, store, requests_mock, monkeypatch):
    for name in ("isal", "isal.igzip", "isal.igzip_lib"):
        monkeypatch.setitem(sys.modules, name, None)
    packed = gzip.compress(BODY, 1)
    answer(requests_mock, packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:])
    with pytest.raises(UnexpectedResponseError, match="gzip stream is damaged"):
        export(client, store)
    assert store.published == []
