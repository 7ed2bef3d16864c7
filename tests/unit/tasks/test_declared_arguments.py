"""What a DAG file gets wrong is refused while it is parsed, by every operator and every sensor."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowException, BaseSensorOperator

from astro_provider.operators.airflow_objects import CopyAirflowObjectsOperator
from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from astro_provider.operators.deployment import DeleteDeploymentOperator, ListDeploymentsOperator
from astro_provider.operators.deploys import DeployCodeOperator
from astro_provider.sensors.dag_runs import DeploymentDagRunSensor, DeploymentTaskSensor
from astro_provider.sensors.deployment import DeploymentStatusSensor
from astro_provider.tasks.waiting import WaitingOperator
from tests.public_classes import TASKS, arguments
from tests.unit.running import Returned

each_task = pytest.mark.parametrize("cls", TASKS, ids=lambda cls: cls.__name__)

#: What says enough for a task, as far as it has these arguments; of each it needs one at the most.
TARGETS = ("deployment_name", "token_name", "dags_folder", "asset_uri", "dag_id_pattern", "external_run_id")
#: Arguments that no type describes: what they hold is checked by their operators.
BY_HAND = {"store"}
#: Arguments of which a task takes only one.
ONE_OF = (
    ("external_run_id", "logical_date", "newest_after"),
    ("external_task_id", "external_task_ids", "external_task_group_id"),
)
#: Values, and the words in an annotation of which one allows them.
WRONG = {
    "dict": ({"a": 1}, ("Mapping",)),
    "list": (["x"], ("Sequence",)),
    "None": (None, ("None",)),
    "flag": (True, ("bool",)),
    "bytes": (b"x", ()),
    "text": ("nonsense", ("str", "Sequence")),
    "negative": (-1, ("Sequence", "str")),
    "function": (lambda: "x", ("Store",)),
    "type": (str, ("Store",)),
}


@pytest.fixture
def dag():
    with DAG("dag", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
        yield dag


def enough(cls) -> dict[str, object]:
    """Arguments that are enough to make a task."""
    declared = arguments(cls)
    needed = {name for name, parameter in declared.items() if parameter.default is parameter.empty}
    given = {name: "x" for name in (*needed, *TARGETS) if name in declared}
    given |= {name: ["x"] for name in given if "Sequence" in str(declared[name].annotation)}
    given |= {"users": ["x"]} if "users" in declared else {}
    given |= {"external_task_id": "x"} if "external_task_id" in declared else {}
    return given | ({"object_type": "CONNECTION"} if "object_type" in declared else {})


def made(cls, number=[0], **more):  # noqa: B006  (counts)
    number[0] += 1
    return cls(task_id=f"task{number[0]}", **{**enough(cls), **more})


@each_task
def test_enough_is_enough(dag, cls):
    assert made(cls)


@each_task
def test_a_wrong_type_is_refused_by_the_arguments_name(dag, cls):
    for name, parameter in arguments(cls).items():
        for kind, (value, allowed) in WRONG.items():
            if name in BY_HAND or any(word in str(parameter.annotation) for word in allowed):
                continue
            with pytest.raises((ValueError, TypeError), match=rf"\b{name}\b"):
                print(name, kind, made(cls, **{name: value}))


@each_task
def test_default_args_are_judged_like_arguments(cls):
    name = cls.template_fields[0] if cls.template_fields[0] in arguments(cls) else "astro_conn_id"
    given = enough(cls)
    given.pop(name, None)
    with DAG("dag", schedule=None, default_args={name: timedelta(1)}), pytest.raises(ValueError, match=rf"^{name} is"):
        cls(task_id="task", **given)


@each_task
def test_templates_and_what_other_tasks_return_are_not_judged(dag, cls):
    for name in set(cls.template_fields) & arguments(cls).keys():
        others = {other: None for group in ONE_OF if name in group for other in group if other in arguments(cls)}
        for value in ("{{ params.x }}", Returned("x"), made(ListDeploymentsOperator).output):
            assert made(cls, **{**others, name: value})
        if "Sequence" in str(arguments(cls)[name].annotation):
            assert made(cls, **{**others, name: ["{{ params.x }}", Returned("x")]})


@each_task
def test_a_mapped_task_is_not_judged_by_what_it_is_mapped_over(dag, cls):
    given = enough(cls)
    for number, name in enumerate(given):
        rest = {other: value for other, value in given.items() if other != name}
        assert cls.partial(task_id=f"m{number}", **rest).expand(**{name: Returned(["x"])})
    assert cls.partial(task_id="kwargs").expand_kwargs([given])


@each_task
def test_what_is_the_same_for_all_mapped_tasks_is_judged(dag, cls):
    with pytest.raises(ValueError, match=r"^astro_conn_id is a dict"):
        cls.partial(task_id="task", astro_conn_id={})


@each_task
def test_a_required_argument_says_something(dag, cls):
    for name, parameter in arguments(cls).items():
        if parameter.default is parameter.empty and name not in BY_HAND:
            for nothing in (None, "", "  "):
                if nothing is not None and "str" not in str(parameter.annotation):
                    continue
                with pytest.raises(ValueError, match=rf"^{name}[= ]"):
                    made(cls, **{name: nothing})


@each_task
def test_without_a_target_there_is_no_task(dag, cls):
    optional = {"deployment_file", "store", "key", "users", "teams", "output_path"}
    if not {"deployment_id", "deployment_name"} <= arguments(cls).keys() or optional & arguments(cls).keys():
        return
    given = {name: value for name, value in enough(cls).items() if name != "deployment_name"}
    for nothing in ({}, {"deployment_id": None}, {"deployment_id": "", "deployment_name": None}):
        with pytest.raises(ValueError, match=r"^Set deployment_id or deployment_name to say which Deployment"):
            made(cls, **{"deployment_name": None, **given, **nothing})


@each_task
def test_an_argument_that_is_misspelt_is_named(dag, cls):
    for name in arguments(cls):
        if len(name) > 5:
            with pytest.raises(TypeError, match=rf"^{cls.__name__} has no argument '{name[:-2]}{name[-1]}'; use '"):
                made(cls, **{f"{name[:-2]}{name[-1]}": "x"})


@each_task
def test_the_words_of_other_providers_are_answered_with_ours(dag, cls):
    poll = "poke_interval" if issubclass(cls, BaseSensorOperator) else "poll_interval"
    words = {"conn_id": "astro_conn_id", "astro_cloud_conn_id": "astro_conn_id"}
    if issubclass(cls, WaitingOperator):
        words |= {"wait_for_completion": "wait", "waiter_max_attempts": "timeout", "poke_interval": poll}
    if poll in arguments(cls):
        words |= dict.fromkeys(("waiter_delay", "check_interval", "poll_sleep", "polling_interval"), poll)
    if "deployment_name" in arguments(cls):
        words |= {"deployment": "deployment_name", "environment_name": "deployment_name"}
    if "workspace" in arguments(cls):
        words |= {"workspace_id": "workspace"}
    for theirs, ours in words.items():
        for make in (lambda **more: made(cls, **more), lambda **more: cls.partial(task_id="task", **more)):
            with pytest.raises(TypeError, match=rf"^{cls.__name__} has no argument '{theirs}'; use '{ours}'"):
                make(**{theirs: "x"})


def test_source_and_target_are_not_mistaken_for_each_other(dag):
    for theirs in ("target_deployment_name", "destination_deployment_name", "to_deployment_name"):
        with pytest.raises(TypeError, match=f"has no argument '{theirs}'; use 'deployment_name' instead"):
            made(CopyAirflowObjectsOperator, **{theirs: "x"})
    for theirs in ("from_deployment_name", "src_deployment_name"):
        with pytest.raises(TypeError, match=f"has no argument '{theirs}'; use 'source_deployment_name' instead"):
            made(CopyAirflowObjectsOperator, **{theirs: "x"})
        # A deploy has no Deployment as its source: Airflow itself says that there is no such argument.
        with pytest.raises((TypeError, AirflowException), match="Invalid arguments") as caught:
            made(DeployCodeOperator, **{theirs: "x"})
        assert "use '" not in str(caught.value)


def test_an_age_at_most_is_not_answered_with_an_age_at_least(dag):
    for theirs, ours in {"max_age": "newer_than", "younger_than": "newer_than", "min_age": "older_than"}.items():
        with pytest.raises(TypeError, match=f"use '{ours}' instead"):
            made(ListDeploymentsOperator, **{theirs: "1d"})


def test_it_is_said_where_the_value_differs_as_well(dag):
    for theirs, said in {
        "no_wait": "'wait' instead, with the opposite value.",
        "asynchronous": "'wait' instead, with the opposite value.",
        "timeout_minutes": "'timeout' instead, in seconds.",
        "waiter_max_attempts": "'timeout' instead, in seconds.",
    }.items():
        with pytest.raises(TypeError, match=re.escape(f"has no argument '{theirs}'; use {said}")):
            made(DeleteDeploymentOperator, **{theirs: "x"})


def test_a_misspelt_argument_of_airflow_is_not_mistaken_for_one_of_ours(dag):
    with pytest.raises(TypeError, match=r"has no argument 'trigger_rul'; use 'trigger_rule' instead"):
        made(TriggerDeploymentDagRunOperator, deployment_id="x", trigger_dag_id="etl", trigger_rul="all_done")


def test_airflows_own_arguments_are_not_ours_to_judge(dag):
    made(DeleteDeploymentOperator, retries=3, retry_delay=timedelta(1), pool="default_pool", doc_md="x")
    made(DeploymentStatusSensor, mode="reschedule", soft_fail=True, exponential_backoff=True)


def test_a_subclass_may_have_arguments_of_its_own(dag):
    class Mine(DeleteDeploymentOperator):
        def __init__(self, *, wait_for_completion: int, **kwargs):
            super().__init__(**kwargs)
            self.waits = wait_for_completion

    assert Mine(task_id="task", deployment_id="x", wait_for_completion=3).waits == 3
    with pytest.raises(ValueError, match=r"^deployment_id is a list"):
        Mine(task_id="other", deployment_id=["x"], wait_for_completion=3)


def test_a_list_in_the_place_of_one_name_is_told_about_mapped_tasks(dag):
    with pytest.raises(
        ValueError, match=r"or None\. To run a task for each entry, use \.partial\(\.\.\.\)\.expand\(depl"
    ):
        DeleteDeploymentOperator(task_id="task", deployment_name=["pr-1", "pr-2"])


def test_a_task_in_the_place_of_what_it_returns_is_told_so(dag):
    upstream = made(ListDeploymentsOperator)
    with pytest.raises(ValueError, match=rf"This is the task '{upstream.task_id}' itself; use its \.output"):
        made(DeleteDeploymentOperator, deployment_id=upstream)


@pytest.mark.parametrize(
    ("cls", "wrong", "words"),
    [
        (DeploymentStatusSensor, {"target_statuses": ["READY"]}, "'READY' is not a status of a Deployment"),
        (DeploymentStatusSensor, {"target_statuses": "HEALTY"}, "Did you mean 'HEALTHY'"),
        (DeploymentStatusSensor, {"failure_statuses": ["{{ x }}", "x"], "target_statuses": ()}, "nothing would end"),
        (DeploymentStatusSensor, {"timeout": -1}, "timeout=-1"),
        (ListDeploymentsOperator, {"statuses": ["FAILED"]}, "'FAILED' is not a status of a Deployment"),
        (ListDeploymentsOperator, {"older_than": timedelta(days=-1)}, "older_than is a negative timedelta"),
        (DeploymentDagRunSensor, {"allowed_states": ["succes"]}, "Did you mean 'success'"),
        (DeploymentDagRunSensor, {"external_run_id": None, "logical_date": "soon"}, "is not a date and time"),
        (DeploymentTaskSensor, {"skipped_states": ["skiped"]}, "Did you mean 'skipped'"),
        (TriggerDeploymentDagRunOperator, {"failed_states": ["faild"]}, "Did you mean 'failed'"),
        (TriggerDeploymentDagRunOperator, {"conf": "{"}, "conf is text, but not valid JSON"),
        (TriggerDeploymentDagRunOperator, {"trigger_run_id": "scheduled__1"}, "Airflow reserves"),
        (TriggerDeploymentDagRunOperator, {"if_exists": "resue"}, "Did you mean 'reuse'"),
        (DeployCodeOperator, {"if_empty": "{{ x }}"}, "if_empty"),
    ],
)
def test_a_value_that_can_never_be_right_is_refused(dag, cls, wrong, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        made(cls, **wrong)


def test_a_status_that_a_template_is_part_of_is_not_judged(dag):
    assert made(DeploymentStatusSensor, target_statuses=["{{ x }}", "READY"])
