"""What operators and the sensor refuse while the DAG file is parsed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from astro_provider.operators.deployment import (
    CreateDeploymentFromTemplateOperator,
    DeleteDeploymentOperator,
    HibernateDeploymentOperator,
    InspectDeploymentOperator,
    ListDeploymentsOperator,
    RestoreHibernationOverrideOperator,
    UpdateDeploymentFromFileOperator,
    WakeUpDeploymentOperator,
)
from astro_provider.sensors.deployment import DeploymentStatusSensor

CREATE = (CreateDeploymentFromTemplateOperator, {"template": "t.yaml", "deployment_name": "x"})
UPDATE = (UpdateDeploymentFromFileOperator, {"deployment_file": "f.yaml"})
DELETE = (DeleteDeploymentOperator, {"deployment_name": "x"})
HIBERNATE = (HibernateDeploymentOperator, {"deployment_name": "x"})
RESTORE = (RestoreHibernationOverrideOperator, {"deployment_name": "x"})
WAKE_UP = (WakeUpDeploymentOperator, {"deployment_name": "x"})
INSPECT = (InspectDeploymentOperator, {"deployment_name": "x"})
LIST = (ListDeploymentsOperator, {})
SENSE = (DeploymentStatusSensor, {"deployment_name": "x"})
WAITING = [CREATE, UPDATE, DELETE, HIBERNATE, WAKE_UP, RESTORE]


def make(kind, **arguments):
    operator, needed = kind
    return operator(task_id="task", **{**needed, **arguments})


@pytest.mark.parametrize(
    ("kind", "flag"),
    [
        *((kind, flag) for kind in WAITING for flag in ("wait", "deferrable")),
        *((kind, "render_file") for kind in (CREATE, UPDATE)),
        *((kind, "allow_self") for kind in (DELETE, HIBERNATE, RESTORE, LIST)),
        (INSPECT, "template"),
        (SENSE, "deferrable"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0].__name__,
)
@pytest.mark.parametrize("value", ["False", "{{ params.x }}", None, 0])
def test_a_flag_is_a_bool_and_nothing_that_python_would_take_for_one(kind, flag, value):
    with pytest.raises(
        ValueError, match=f"^{flag}={value!r} is not valid; allowed: True, False".replace("{{", r"\{\{")
    ):
        make(kind, **{flag: value})
    for good in (True, False):
        make(kind, **{flag: good})


@pytest.mark.parametrize("value", ["false", None, 1])
def test_a_dry_run_is_a_bool_or_a_template(value):
    with pytest.raises(ValueError, match=f"dry_run={value!r} is not valid"):
        make(UPDATE, dry_run=value)


@pytest.mark.parametrize(
    ("kind", "argument"),
    [
        *((kind, argument) for kind in WAITING for argument in ("timeout", "poll_interval")),
        *((SENSE, argument) for argument in ("timeout", "poke_interval")),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0].__name__,
)
def test_seconds_are_a_number_above_0_or_a_timedelta(kind, argument):
    zero = [] if (kind, argument) == (SENSE, "timeout") else [0, timedelta(0)]  # Airflow's sensors look once then
    for bad in ("60", -1, None, True, float("nan"), timedelta(seconds=-1), *zero):
        with pytest.raises(ValueError, match=f"^{argument}=.* is not valid; allowed: a number of seconds"):
            make(kind, **{argument: bad})
    assert getattr(make(kind, **{argument: timedelta(minutes=2)}), argument) == 120
    assert getattr(make(kind, **{argument: 0.5}), argument) == 0.5


@pytest.mark.parametrize("none", [[], (), ""])
def test_a_sensor_without_a_target_would_wait_for_nothing(none):
    with pytest.raises(ValueError, match=r"target_statuses=.* is not valid"):
        make(SENSE, target_statuses=none)
