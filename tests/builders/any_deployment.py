"""Deployments as the API may show them: hypothesis strategies over every field of the published document's schema."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.builders.deployments import NOW
from tests.builders.plan_inputs import CLUSTER

#: Fields of the response that a Deployment file has no place for; they are there to be ignored.
READ_ONLY = {
    "airflowVersion": "3.1.3",
    "apiUrl": "https://example.astronomer.run/abc/api/v2",
    "createdAt": NOW,
    "createdBy": {"id": "clowner000000000000000001"},
    "dagTarballVersion": "t1",
    "desiredDagTarballVersion": "t1",
    "drExternalIPs": ["192.0.2.1"],
    "drOidcIssuerUrl": "https://oidc.example.com/dr",
    "effectiveDRWorkloadIdentity": "dr-role",
    "externalIPs": ["192.0.2.2"],
    "id": "cm0deployment000000000001",
    "imageRepository": "images.astronomer.cloud/x/y",
    "imageTag": "3.1-5",
    "imageVersion": "3.1-5",
    "namespace": "stellar-nova-1234",
    "oidcIssuerUrl": "https://oidc.example.com",
    "organizationId": "org",
    "scalingStatus": {"hibernationStatus": {"isHibernating": False}},
    "schedulerCpu": "1",
    "schedulerMemory": "2Gi",
    "status": "HEALTHY",
    "statusReason": "Deployment is healthy",
    "uiUrl": "https://example.astronomer.run/abc",
    "updatedAt": NOW,
    "updatedBy": {"id": "clowner000000000000000001"},
    "webServerAirflowApiUrl": "example.astronomer.run/abc/api/v2",
    "webServerCpu": "1",
    "webServerIngressHostname": "example.astronomer.run",
    "webServerMemory": "2Gi",
    "webServerReplicas": 1,
    "webServerUrl": "example.astronomer.run/abc",
}
DEFAULT_IDENTITY = f"arn:aws:iam::123456789012:role/astro-{READ_ONLY['namespace']}"
#: Anything that a person may have typed, except what no JSON document can carry to Astro and back.
JINJA = st.lists(st.sampled_from([*"{%#}\\\"'\n -", "{{", "}}", "{%", "params.who", "raw", "endraw"]), max_size=12)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30) | JINJA.map("".join)
NAME = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=30).filter(str.strip)
ADDRESSES = ["a@example.com", "b@example.com"]
#: What a Deployment may have; no create takes a name beside an address.
EMAILS = [*ADDRESSES, "Bob <b@example.com>"]
STORAGES = ["10Gi", "20Gi", "10G", "500M", "1Pi", "1.5Ti", "10737418240", "1e10"]
SWITCH = st.booleans()
PAIR = st.sampled_from([("0.25", "0.5Gi"), ("1", "2Gi"), ("2", "4Gi")])
QUOTA = st.sampled_from([("10", "20Gi"), ("20", "40Gi"), ("160", "320Gi")])
PODS = ("defaultTaskPodCpu", "defaultTaskPodMemory")
QUOTAS = ("resourceQuotaCpu", "resourceQuotaMemory")


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def variables(draw: st.DrawFn) -> list[dict[str, Any]]:
    entries = draw(st.dictionaries(NAME, st.tuples(SWITCH, TEXT), max_size=4))
    return [
        {"key": key, "isSecret": secret, "updatedAt": NOW} | ({} if secret else {"value": value})
        for key, (secret, value) in entries.items()
    ]


@st.composite
def queues(draw: st.DrawFn, kind: str, names: tuple[str, ...], complete: bool) -> list[dict[str, Any]]:
    found = []
    for number, name in enumerate(names):
        low = draw(st.integers(0, 5))
        queue = {
            "id": f"queue-{number}",
            "name": name,
            "isDefault": name == "default",
            "minWorkerCount": low,
            "maxWorkerCount": draw(st.integers(max(low, 1), 20)),
            "workerConcurrency": draw(st.integers(1, 15)),
            "podCpu": "1",
            "podMemory": "2Gi",
        }
        if kind == "HYBRID":
            queue["nodePoolId"] = draw(st.sampled_from([pool.id for pool in CLUSTER.node_pools or ()]))
        else:
            queue["astroMachine"] = draw(st.sampled_from(["A5", "A10"]))
        if kind != "HYBRID" or not complete:  # no create gives it to a HYBRID queue, only an update does
            queue |= draw(some(podEphemeralStorage=st.sampled_from(STORAGES)))
        found.append(queue)
    return found


SCHEDULES = st.lists(
    st.builds(
        lambda hour, enabled, more: {
            "hibernateAtCron": f"0 {hour} * * 1-5",
            "wakeAtCron": "30 6 * * 1-5",
            "isEnabled": enabled,
            **more,
        },
        st.integers(18, 23),
        SWITCH,
        some(description=TEXT),
    ),
    max_size=4,
    unique_by=lambda schedule: schedule["hibernateAtCron"],
)
OVERRIDE = st.fixed_dictionaries(
    {"isActive": SWITCH, "isHibernating": SWITCH}, optional={"overrideUntil": st.just("2027-01-01T00:00:00Z")}
)
REMOTE = st.fixed_dictionaries(
    {
        "enabled": SWITCH,
        "allowedIpAddressRanges": st.lists(st.sampled_from(["10.0.0.0/8", "192.0.2.0/24"]), unique=True),
        "remoteApiUrl": st.just("https://example.external.astronomer.run"),
    },
    optional={"taskLogBucket": st.just("s3://logs"), "taskLogUrlPattern": st.just("https://logs/{{.TaskID}}")},
)


@st.composite
def any_deployment(draw: st.DrawFn, *, complete: bool = False) -> dict[str, Any]:
    """Draw a Deployment as ``GET`` returns it; ``complete``: nothing left out that a create would fill in itself."""
    kind = draw(st.sampled_from(["STANDARD", "DEDICATED", "HYBRID"]))
    hybrid = kind == "HYBRID"
    executors = ["CELERY", "KUBERNETES"] if hybrid else ["CELERY", "KUBERNETES", "ASTRO"]
    answer = {
        **READ_ONLY,
        "type": kind,
        "executor": draw(st.sampled_from(executors)),
        "name": draw(NAME),
        "workspaceId": "ws-1",
        "astroRuntimeVersion": "3.1-5",
        "runtimeVersion": "3.1-5",
        "isCicdEnforced": draw(SWITCH),
        "isDagDeployEnabled": draw(SWITCH),
        "schedulerReplicas": draw(st.integers(1, 4)),
        "environmentVariables": draw(variables()),
        "contactEmails": draw(st.lists(st.sampled_from(ADDRESSES if complete else EMAILS), unique=True)),
    }
    answer |= draw(
        some(
            description=TEXT,
            effectiveWorkloadIdentity=st.sampled_from([DEFAULT_IDENTITY, "arn:aws:iam::1:role/mine"]),
        )
    )
    where = {"workspaceName": "Development", "cloudProvider": "GCP", "region": "us-central1"}
    where |= {} if kind == "STANDARD" else {"clusterId": CLUSTER.id, "clusterName": CLUSTER.name}
    answer |= where if complete else draw(some(**{name: st.just(value) for name, value in where.items()}))
    answer |= draw(_hybrid(answer["executor"]) if hybrid else _hosted(complete))
    remote = answer.get("remoteExecution")
    if remote and remote["enabled"]:
        answer |= {"executor": "ASTRO", "isDagDeployEnabled": False}  # Astro refuses anything else
        answer = {name: value for name, value in answer.items() if name not in (*PODS, *QUOTAS)}
    names = draw(st.sampled_from([("default",), ("default", "heavy"), ("alpha", "default", "heavy")]))
    # With KUBERNETES and Remote Execution the API may show queues that nobody can set.
    answer["workerQueues"] = draw(queues(kind, names, complete))
    return answer


@st.composite
def _hybrid(draw: st.DrawFn, executor: str) -> dict[str, Any]:
    fields = {"schedulerAu": draw(st.integers(5, 24)), "clusterId": CLUSTER.id}
    if executor == "KUBERNETES":
        fields["taskPodNodePoolId"] = draw(st.sampled_from([pool.id for pool in CLUSTER.node_pools or ()]))
    return fields


@st.composite
def _hosted(draw: st.DrawFn, complete: bool) -> dict[str, Any]:
    fields = {"schedulerSize": draw(st.sampled_from(["SMALL", "MEDIUM", "LARGE", "EXTRA_LARGE"]))}
    fields |= draw(some(isHighAvailability=SWITCH, isDevelopmentMode=SWITCH, remoteExecution=REMOTE))
    for names, pair in ((PODS, PAIR), (QUOTAS, QUOTA)):
        if complete or draw(SWITCH):
            fields |= dict(zip(names, draw(pair), strict=True))
    if fields.get("isDevelopmentMode"):
        spec = draw(some(schedules=SCHEDULES, override=OVERRIDE))
        fields |= draw(some(scalingSpec=st.just({"hibernationSpec": spec})))
    return fields
