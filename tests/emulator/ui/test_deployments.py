"""The pages of Workspaces, Deployments and deploys, as they come over HTTP."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
import requests

from astro_provider.client import AstroClient
from astro_provider.emulator import Emulator
from tests.emulator.calls import Caller

NASTY = "<script>alert('1')</script>"
#: Elements that have no end.
VOID = {"meta", "br", "link", "img", "hr", "input"}


class Outline(HTMLParser):
    """What is on a page: its elements, all closed, its links, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(filter(None, self.words))


@pytest.fixture
def full(astro, call, bodies):
    """A Deployment with everything, its status and its deploys included."""
    body = {**bodies["STANDARD"], "name": "sales", "description": "Sales reports"}
    made = call("POST", "/deployments", body).json()
    call("GET", f"/deployments/{made['id']}")
    astro.add_deploy(
        made["id"], {"dags/a.py": b""}, description="The first", git={"commitSha": "abcdef0123", "branch": "main"}
    )
    return made


def test_the_links_of_the_client_lead_to_the_pages(astro, visit, full):
    client = AstroClient(astro.token, url=astro.url)
    page = visit(client.deployment_url(astro.workspace_id, full["id"]))
    history = visit(client.deploy_history_url(astro.workspace_id, full["id"]))
    assert (page.status_code, history.status_code) == (200, 200)
    assert "<h1>sales" in page.text
    assert "<h1>Deploys of sales" in history.text
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"


def test_the_page_of_a_deployment_shows_what_astro_would(visit, full, page_of):
    text = Outline(visit(page_of(full["id"])).text).text
    for said in (
        "sales HEALTHY Successfully Deployed",
        f"Id {full['id']}",
        "Description Sales reports",
        "Type STANDARD",
        "Cloud provider AWS",
        "Region us-east-1",
        "Astro Runtime 3.1-5",
        "Executor CELERY",
        "Scheduler size SMALL",
        "Development mode yes",
        "High availability no",
        "CI/CD enforcement no",
        "Contact emails team@example.com",
        "default A5 0 5 5",
        "GREETING hello no",
        "PASSWORD **** yes",
        "No schedule and no override",
        "The first",
        "main abcdef0",
    ):
        assert said in text


@pytest.mark.parametrize("kind", ["DEDICATED", "HYBRID"])
def test_every_type_of_deployment_has_a_page(call, visit, bodies, page_of, kind):
    made = call("POST", "/deployments", bodies[kind]).json()
    text = Outline(visit(page_of(made["id"])).text).text
    assert f"Type {kind}" in text
    assert f"Cluster {made['clusterName']}" in text


def test_remote_execution_and_kubernetes_have_no_queues(call, visit, bodies, page_of):
    body = {**bodies["STANDARD"], "executor": "ASTRO", "isDagDeployEnabled": False}
    for name in (
        "workerQueues",
        "defaultTaskPodCpu",
        "defaultTaskPodMemory",
        "resourceQuotaCpu",
        "resourceQuotaMemory",
    ):
        del body[name]
    body["remoteExecution"] = {"enabled": True, "taskLogBucket": "s3://logs"}
    made = call("POST", "/deployments", body).json()
    text = Outline(visit(page_of(made["id"])).text).text
    assert "Remote Execution yes" in text
    assert "Bucket of task logs s3://logs" in text
    assert "No worker queues" in text


def test_hibernation_is_shown(call, visit, bodies, page_of):
    schedule = {
        "hibernateAtCron": "0 18 * * *",
        "wakeAtCron": "0 6 * * *",
        "isEnabled": True,
        "description": "At night",
    }
    spec = {"hibernationSpec": {"schedules": [schedule]}}
    made = call("POST", "/deployments", {**bodies["STANDARD"], "scalingSpec": spec}).json()
    until = {"isHibernating": True, "overrideUntil": "2099-01-01T06:00:00Z"}
    call("POST", f"/deployments/{made['id']}/hibernation-override", until)
    call("GET", f"/deployments/{made['id']}")
    text = Outline(visit(page_of(made["id"])).text).text
    assert "standard HIBERNATING" in text
    assert "Override: hibernates until 2099-01-01 06:00:00" in re.sub(r"\s+", " ", text)
    assert "0 18 * * * 0 6 * * * yes At night" in text


def test_deployments_that_are_not_for_development_do_not_hibernate(astro, visit, page_of):
    text = Outline(visit(page_of(astro.add_deployment("reports"))).text).text
    assert "Only Deployments in development mode hibernate" in text


def test_the_start_page_leads_everywhere(astro, visit, full):
    other = astro.add_deployment("reports", workspace_id="Production")
    seen, ahead = set(), ["/"]
    while ahead:
        path = ahead.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = visit(path)
        assert answer.status_code == 200, path
        ahead += [link.partition("#")[0] for link in Outline(answer.text).links]
    page = f"/{full['workspaceId']}/deployments/{full['id']}"
    assert {"/calls", page, f"{page}/deploy-history", f"/airflow/{full['id']}/"} <= seen
    assert any(path.endswith(f"/deployments/{other}") for path in seen)
    start = Outline(visit("/").text).text
    assert "Development" in start
    assert "Production" in start


def test_nothing_on_a_page_runs_or_is_loaded_from_elsewhere(astro, visit, full, page_of):
    for path in ("/", "/calls", page_of(full["id"]), f"/airflow/{full['id']}/", "/nowhere"):
        answer = visit(path)
        elements = Outline(answer.text).elements
        assert not {"script", "link", "img", "iframe", "form", "object"} & {tag for tag, _ in elements}
        assert not [name for _, attributes in elements for name in attributes if name.startswith("on") or name == "src"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert ("html", {"lang": "en"}) in elements
        assert "prefers-color-scheme: dark" in answer.text


def test_values_are_escaped(astro, call, visit, full, page_of):
    variable = {"key": "HTML", "value": NASTY, "isSecret": False}
    fields = {"description": NASTY, "environmentVariables": [variable], "contactEmails": [NASTY]}
    deployment = astro.add_deployment(NASTY, workspace_id=astro.add_workspace(NASTY, description=NASTY), **fields)
    astro.set_status(deployment, "UNHEALTHY", NASTY)
    git = {"commitSha": NASTY, "branch": NASTY}
    astro.add_deploy(deployment, {"dags/a.py": b"DAG('x')"}, description=NASTY, git=git, imageTag=NASTY)
    astro.add_dag(deployment, NASTY, tags=[NASTY])
    astro.add_dag_run(deployment, NASTY, NASTY.replace("/", ""), note=NASTY)
    astro.add_import_error(deployment, NASTY, NASTY)
    astro.add_airflow_variable(deployment, NASTY, NASTY)
    call("POST", f"/deployments/{deployment}", {"name": NASTY, NASTY: NASTY})
    call("GET", "/deployments", params={"names": NASTY})
    page = page_of(deployment)
    for path in (
        "/",
        "/calls",
        page,
        f"{page}/deploy-history",
        f"{page}{NASTY}",
        page.rsplit("/", 1)[0],
        f"/airflow/{deployment}/",
    ):
        answer = visit(path)
        assert "<script" not in answer.text, path
        assert NASTY in unescape(answer.text) or answer.status_code == 404, path
        Outline(answer.text)
    (run,) = [link for link in Outline(visit(f"/airflow/{deployment}/").text).links if "/runs/" in link]
    shown = visit(run)
    assert (shown.status_code, "<script" in shown.text) == (200, False)
    assert NASTY in unescape(shown.text)


def test_nothing_secret_is_on_any_page(astro, call, visit, bodies, page_of):
    made = call("POST", "/deployments", bodies["STANDARD"]).json()
    deployment = made["id"]
    call("POST", f"/deployments/{deployment}/deploys", {"type": "DAG_ONLY"})
    airflow = f"http://{astro.address}/airflow/{deployment}/api/v2"
    headers = {"Authorization": f"Bearer {astro.token}"}
    warehouse = {
        "connection_id": "warehouse",
        "conn_type": "postgres",
        "password": "s3cret-1",
        "extra": '{"k": "s3cret-2"}',
    }
    requests.post(f"{airflow}/connections", json=warehouse, headers=headers, timeout=10).raise_for_status()
    variable = {"key": "password", "value": "s3cret-3"}
    requests.post(f"{airflow}/variables", json=variable, headers=headers, timeout=10).raise_for_status()
    astro.add_dag(deployment, "etl")
    run = {"logical_date": None, "dag_run_id": "r", "conf": {"key": "s3cret-4"}}
    requests.post(f"{airflow}/dags/etl/dagRuns", json=run, headers=headers, timeout=10).raise_for_status()
    connection = {"type": "astro", "password": "s3cret-5"}
    scope = {"scope": "DEPLOYMENT", "scopeEntityId": deployment, "objectType": "CONNECTION", "objectKey": "ci"}
    assert call("POST", "/environment-objects", {**scope, "connection": connection}).status_code == 200
    token = {"name": "t", "role": "WORKSPACE_MEMBER", "scope": "WORKSPACE", "entityId": astro.workspace_id}
    value = call("POST", "/tokens", token).json()["token"]
    page = page_of(deployment)
    paths = (
        "/",
        "/calls",
        page,
        f"{page}/deploy-history",
        f"/airflow/{deployment}",
        f"/airflow/{deployment}/dags/etl/runs/r",
    )
    for path in paths:
        text = visit(path).text
        for secret in ("s3cret", value, astro.token, "sig=", "/uploads/"):
            assert secret not in text, (path, secret)
    assert "warehouse" in visit(f"/airflow/{deployment}").text


@pytest.mark.parametrize("rest", ["", "/deploy-history"])
def test_a_deployment_that_is_not_there_is_a_404_that_says_so(astro, visit, rest):
    answer = visit(f"/{astro.workspace_id}/deployments/clnothing{rest}")
    assert answer.status_code == 404
    assert "There is no Deployment clnothing." in answer.text
    assert 'href="/"' in answer.text


def test_a_deployment_that_was_deleted_is_a_404_that_says_when_and_what_was_asked_of_it(call, visit, full, page_of):
    page = page_of(full["id"])
    call("DELETE", f"/deployments/{full['id']}")
    answer = visit(page)
    text = Outline(answer.text).text
    assert answer.status_code == 404
    assert re.search(r"It was deleted at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\.", text)
    assert re.search(rf"204 DELETE /organizations/\w+/deployments/{full['id']}", text)
    assert "200 POST" in text


def test_the_wrong_workspace_is_a_404_that_leads_to_the_right_one(astro, visit, full, page_of):
    answer = visit(f"/clother/deployments/{full['id']}")
    assert answer.status_code == 404
    assert f"Deployment sales ({full['id']}) is not in Workspace clother." in answer.text
    assert page_of(full["id"]) in Outline(answer.text).links


def test_a_workspace_or_a_page_that_is_not_there_is_a_404_that_says_so(visit):
    assert "There is no Workspace clnone." in visit("/clnone/deployments").text
    assert visit("/clnone/deployments").status_code == 404
    answer = visit("/no/such/page")
    assert (answer.status_code, "There is no page at /no/such/page." in answer.text) == (404, True)


@pytest.mark.parametrize("path", ["/v1/deployments", "/v1/nothing", "/_emulator/deployments/x"])
def test_what_is_missing_of_an_api_is_not_a_page(visit, path):
    assert visit(path).headers["Content-Type"] == "application/json"


def test_looking_moves_nothing_on_and_is_not_in_the_journal(bodies):
    with Emulator(progress="reads:1") as astro, requests.Session() as session:
        call = Caller(astro, astro.token, session)
        made = call("POST", "/deployments", bodies_of(bodies, astro)).json()
        astro.fault(status=500)
        before = len(astro.requests)
        for _ in range(5):
            page = session.get(f"http://{astro.address}/{made['workspaceId']}/deployments/{made['id']}", timeout=10)
            assert (page.status_code, "Resources are being provisioned" in page.text) == (200, True)
        assert len(astro.requests) == before
        assert call("GET", "/deployments").status_code == 500


def bodies_of(bodies, astro):
    return {**bodies["STANDARD"], "workspaceId": astro.workspace_id}


def test_a_status_that_moves_with_time_is_the_present_one(bodies):
    now = [1_800_000_000.0]
    with Emulator(progress="seconds:5", clock=lambda: now[0]) as astro, requests.Session() as session:
        made = Caller(astro, astro.token, session)("POST", "/deployments", bodies_of(bodies, astro)).json()
        url = f"http://{astro.address}/{made['workspaceId']}/deployments/{made['id']}"
        assert "CREATING" in session.get(url, timeout=10).text
        now[0] += 60
        assert "HEALTHY" in session.get(url, timeout=10).text


def test_the_history_has_the_calls_about_a_deployment_and_no_others(astro, call, visit, full, page_of):
    other = call("POST", "/deployments", {**full_body(astro), "name": "other"}).json()
    call("GET", f"/deployments?deploymentIds={full['id']}")
    call("GET", "/deployments?names=sales")
    call("GET", f"/airflow/{other['id']}")
    text = Outline(visit(page_of(full["id"])).text).text.partition("Requests about this Deployment")[2]
    assert other["id"] not in text
    assert '"name": "sales"' in text
    assert '"name": "other"' not in text
    assert "?names=sales" in text
    assert f"?deploymentIds={full['id']}" in text
    assert '"value": "****"' in text


def full_body(astro):
    amounts = {"defaultTaskPodCpu": "0.25", "defaultTaskPodMemory": "0.5Gi", "resourceQuotaCpu": "10"}
    return {"workspaceId": astro.workspace_id, "type": "STANDARD", **amounts, "resourceQuotaMemory": "20Gi"}


def test_a_long_history_is_cut_and_says_so(call, visit, full, page_of):
    for _ in range(205):
        call("GET", f"/deployments/{full['id']}")
    text = visit(page_of(full["id"])).text
    assert "the newest 200 of 207" in text
    assert text.count("<code>/organizations/") == 200
