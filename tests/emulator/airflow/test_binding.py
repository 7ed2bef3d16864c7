"""A real Airflow that stands for a Deployment's: what is forwarded, and what is unpacked where.

The Airflow here is a small web server; tests/integration has real ones.
"""

from __future__ import annotations

import io
import json
import tarfile
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from astro_provider.emulator.airflow.unpacking import DagsFolder

from .calls import RUNTIMES, AirflowCaller


class Real(BaseHTTPRequestHandler):
    """Answers with what it was asked; its first token expires at once."""

    def answer(self) -> None:
        seen = self.server.seen
        content = self.rfile.read(int(self.headers.get("content-length", 0)))
        seen.append((self.command, self.path, self.headers.get("authorization"), content))
        status, body = 200, {"path": self.path, "dags": []}
        if self.path == "/auth/token":
            status, body = 201, {"access_token": f"jwt-{len(seen)}"}
        elif self.headers.get("authorization") == "Bearer jwt-1":
            status, body = 401, {"detail": "expired"}
        elif self.path.endswith("/dags/etl"):
            body = self.server.dag
        elif self.path.endswith("/text"):
            status, body = 503, None
        raw = json.dumps(body).encode() if body is not None else b"no healthy upstream"
        self.send_response(status)
        self.send_header("content-type", "application/json" if body is not None else "text/plain")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        pass


for _method in ("GET", "POST", "PATCH", "DELETE"):
    setattr(Real, f"do_{_method}", Real.answer)


@pytest.fixture
def real():
    server = HTTPServer(("127.0.0.1", 0), Real)
    server.seen = []
    server.dag = {}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def bound(astro, airflow, real):
    """The Deployment of ``airflow``, whose Airflow is now the real one."""
    auth = ("admin", "pass") if airflow.major == 2 else None
    astro.bind_airflow(airflow.deployment_id, f"http://127.0.0.1:{real.server_port}", auth)
    return airflow


def test_a_request_arrives_as_it_was_sent_with_the_login_of_its_line(astro, bound, real):
    answer = bound("PATCH", "/variables/a%2Fb?update_mask=value", {"key": "a/b", "value": "s3cret"})
    assert answer.json()["path"] == f"/api/v{bound.major - 1}/variables/a%2Fb?update_mask=value"
    method, _, authorization, content = real.seen[-1]
    assert (method, json.loads(content)) == ("PATCH", {"key": "a/b", "value": "s3cret"})
    assert authorization == {2: "Basic YWRtaW46cGFzcw==", 3: "Bearer jwt-3"}[bound.major]
    assert not any(astro.token in str(each) for each in real.seen)
    assert "s3cret" not in str(astro.requests[-1].public())


def test_a_token_that_has_expired_is_replaced(bound, real):
    if bound.major == 3:
        assert bound("GET", "/dags").status_code == 200
        sent = [(method, path) for method, path, *_ in real.seen]
        assert sent == [
            ("GET", "/auth/token"),
            ("GET", "/api/v2/dags"),
            ("GET", "/auth/token"),
            ("GET", "/api/v2/dags"),
        ]


def test_a_login_is_used_for_the_token(astro, airflow, real):
    if airflow.major == 3:
        astro.bind_airflow("one", f"http://admin:p%40ss@127.0.0.1:{real.server_port}")
        airflow("GET", "/dags")
        method, path, authorization, content = real.seen[0]
        assert (method, path, authorization) == ("POST", "/auth/token", None)
        assert json.loads(content) == {"username": "admin", "password": "p@ss"}


def test_astros_roles_count_first(astro, bound, real):
    assert bound("GET", "/dags", token="no.such.token").status_code == 401
    member = astro.issue_token("WORKSPACE_MEMBER")
    assert bound("POST", "/dags/etl/dagRuns", {}, token=member).status_code == 403
    assert bound("POST", "/parseDagFile/x", {}, token=member).status_code == 403
    assert bound("GET", "/connections", token=member).status_code == 403
    assert real.seen == []
    assert bound("POST", "/dags/~/dagRuns/list", {}, token=member).status_code == 200


def test_what_is_no_json_is_passed_on_as_well(bound):
    answer = bound("GET", "/text")
    assert (answer.status_code, answer.text) == (503, "no healthy upstream")


def test_an_airflow_that_is_not_there_is_a_503(astro, airflow):
    astro.bind_airflow(airflow.deployment_id, "http://127.0.0.1:9", ("a", "b"))
    answer = airflow("GET", "/dags")
    assert answer.status_code == 503
    assert "cannot be reached" in answer.text


def test_deployments_that_come_later_are_bound_by_their_names(astro, real, major):
    astro.bind_airflow("ephemeral-*", f"http://127.0.0.1:{real.server_port}", ("a", "b"))
    made = astro.add_deployment("ephemeral-1", astroRuntimeVersion=RUNTIMES[major])
    AirflowCaller(astro, major, made)("GET", "/dags")
    assert real.seen[-1][1] == f"/api/v{major - 1}/dags"
    other = AirflowCaller(astro, major, astro.add_deployment("other", astroRuntimeVersion=RUNTIMES[major]))
    assert other("GET", "/dags").json() == {"dags": [], "total_entries": 0}


def test_a_sleeping_deployment_does_not_reach_the_real_airflow(astro, bound, real):
    astro.set_status(bound.deployment_id, "HIBERNATING")
    assert bound("GET", "/dags").status_code == 503
    assert real.seen == []


def test_an_address_that_is_none_is_refused(astro, tmp_path):
    with pytest.raises(ValueError, match="must be the address of an Airflow"):
        astro.bind_airflow("x", "127.0.0.1:8080")
    with pytest.raises(ValueError, match="is not a folder"):
        astro.bind_airflow("x", "http://127.0.0.1:8080", dags_folder=tmp_path / "none")


def test_over_http_the_names_are_the_same(astro, airflow, real):
    control = f"http://127.0.0.1:{astro.port}/_emulator/airflows"
    body = {"deployments": "one", "url": f"http://127.0.0.1:{real.server_port}", "username": "a", "password": "b"}
    assert requests.post(control, json=body, timeout=10).status_code == 200
    airflow("GET", "/dags")
    assert real.seen
    assert requests.post(control, json={**body, "url": "nothing"}, timeout=10).status_code == 400


class TestDeployedCode:
    """What is put into the DAGs folder."""

    @pytest.fixture
    def major(self):
        return 3

    @pytest.fixture
    def dags(self, astro, airflow, real, tmp_path):
        (tmp_path / "own.py").write_text("mine")
        astro.bind_airflow("*", f"http://127.0.0.1:{real.server_port}", dags_folder=tmp_path)
        return tmp_path

    def test_a_deploy_replaces_all_of_its_own_subfolder(self, astro, airflow, dags):
        own = dags / f"astro-{airflow.deployment_id}"
        for files in ({"dags/a.py": b"1", "dags/b.py": b"2"}, {"dags/a.py": b"3"}):
            astro.add_deploy(airflow.deployment_id, files)
            airflow("GET", "/dags")
            found = {
                str(path.relative_to(own / "current")): path.read_bytes() for path in (own / "current").rglob("*.py")
            }
            assert found == files
        assert (dags / "own.py").read_text() == "mine"
        assert sorted(path.name for path in dags.iterdir()) == [own.name, "own.py"]
        assert len([path for path in dags.rglob("a.py") if "versions" in str(path)]) == 1  # no old version is left

    def test_airflow_sees_that_the_code_is_new(self, astro, airflow, dags):
        began = int(time.time())
        astro.add_deploy(airflow.deployment_id, {"dags/a.py": b"1"})
        airflow("GET", "/dags")
        (unpacked,) = dags.rglob("current/dags/a.py")
        assert unpacked.stat().st_mtime >= began

    def test_airflow_looks_at_one_version_only(self, astro, airflow, dags):
        astro.add_deploy(airflow.deployment_id, {"dags/a.py": b"1"})
        airflow("GET", "/dags")
        own = dags / f"astro-{airflow.deployment_id}"
        assert (own / ".airflowignore").read_text().split() == [path.name for path in own.glob("versions*")]

    def test_a_deleted_deployments_code_goes_with_it(self, astro, airflow, dags, call):
        astro.add_deploy(airflow.deployment_id, {"dags/a.py": b"1"})
        airflow("GET", "/dags")
        call("DELETE", f"/deployments/{airflow.deployment_id}")
        assert [path.name for path in dags.iterdir()] == ["own.py"]

    def test_a_subfolder_that_somebody_else_made_is_left_alone(self, astro, airflow, dags, call):
        theirs = dags / f"astro-{airflow.deployment_id}"
        theirs.mkdir()
        (theirs / "x.py").write_text("theirs")
        astro.add_deploy(airflow.deployment_id, {"dags/a.py": b"1"})
        assert airflow("GET", "/dags").status_code == 200
        call("DELETE", f"/deployments/{airflow.deployment_id}")
        assert [path.name for path in theirs.iterdir()] == ["x.py"]

    @pytest.fixture(params=[True, False], ids=["with data_filter", "without data_filter"])
    def any_python(self, request, monkeypatch):
        """This Python, and one as old as that of Debian 12."""
        if not request.param:
            monkeypatch.delattr(tarfile, "data_filter", raising=False)

    def test_a_tarball_that_leads_out_is_not_unpacked_and_the_code_before_stays(self, tmp_path, any_python):
        folder = DagsFolder.at(tmp_path)
        folder.unpack("one", "v1", packed("dags/a.py"))
        folder.unpack("one", "v2", packed("../../../evil.py"))
        folder.unpack("one", "v3", io.BytesIO(b"no tarball"))
        assert not list(tmp_path.parent.rglob("evil.py"))
        assert (tmp_path / "astro-one" / "current" / "dags" / "a.py").is_file()

    def test_the_bundle_version_says_which_code_a_dag_was_parsed_from(self, astro, airflow, dags, real):
        astro.add_deploy(airflow.deployment_id, {"dags/a.py": b"1"})
        (shown,) = astro.deployments
        airflow("GET", "/dags")
        path = dags / f"astro-{airflow.deployment_id}" / "current" / "dags" / "a.py"
        late, early = "2099-01-01T00:00:00Z", "2001-01-01T00:00:00Z"
        for fileloc, parsed, version in (
            (path, late, shown["dagTarballVersion"]),
            (path, early, None),
            (dags / "own.py", late, None),
        ):
            real.dag = {"fileloc": str(fileloc), "last_parsed_time": parsed, "bundle_version": None}
            assert airflow("GET", "/dags/etl").json()["bundle_version"] == version


def packed(name: str) -> io.BytesIO:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tarball:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        tarball.addfile(entry, io.BytesIO(b"1"))
    return io.BytesIO(file.getvalue())
