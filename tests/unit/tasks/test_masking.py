"""Values of variables: never on the "Rendered Template" page, masked in logs, never repeated by an error."""

from __future__ import annotations

import json

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator, UpdateDeploymentFromFileOperator
from astro_provider.tasks import masking
from tests.unit.running import Returned

SECRET = "hunter2-hunter2"
PLACE = {
    "name": "",
    "executor": "CELERY",
    "workspace_name": "Development",
    "deployment_type": "STANDARD",
    "cloud_provider": "AWS",
    "region": "us-east-1",
}
ENTRY = {"key": "P", "value": SECRET, "is_secret": True}
FILE = {"deployment": {"configuration": PLACE}}


def with_variables(variables: object, **configuration: object) -> dict[str, object]:
    return {"deployment": {"environment_variables": variables, "configuration": {**PLACE, **configuration}}}


def run(runner, **arguments) -> str | None:
    """Create; returns the error, if there is one."""
    arguments = {"template": FILE, "deployment_name": "x", "wait": False, **arguments}
    try:
        runner.run(CreateDeploymentFromTemplateOperator, **arguments)
    except AirflowFailException as error:
        return str(error)
    return None


def shown(runner) -> str:
    return repr([getattr(runner.operator, name) for name in runner.operator.template_fields])


@pytest.fixture
def masked(monkeypatch):
    seen: list[tuple[str, str | None]] = []
    monkeypatch.setattr(masking, "mask_secret", lambda value, name=None: seen.append((value, name)))
    return seen


READ = {
    "a tuple": {"template": with_variables((ENTRY,))},
    "a tuple in overrides": {"overrides": {"environment_variables": (ENTRY,)}},
    "not said to be public": {"template": with_variables([{"key": "P", "value": SECRET}])},
    "not said to be public, text": {"template": json.dumps(with_variables([{"key": "P", "value": SECRET}]))},
    "given over a public one": {
        "template": with_variables([{"key": "P", "value": "", "is_secret": False}]),
        "environment_variables": {"P": SECRET},
    },
}
REFUSED = {
    "a dict with a mistake": {"template": with_variables([ENTRY], exectuor="CELERY")},
    "text with a mistake": {"template": json.dumps(with_variables([ENTRY], exectuor="CELERY"))},
    "a mapping": {"template": with_variables({"P": SECRET})},
    "a mapping in text": {"template": json.dumps(with_variables({"P": SECRET}))},
    "a mapping in overrides": {"overrides": {"environment_variables": {"P": SECRET}}},
    "misspelt": {"template": with_variables([{"key": "P", "values": SECRET, "is_secert": True}])},
    "misspelt in overrides": {"overrides": {"enviroment_variables": [ENTRY]}},
    "no YAML": {"template": f"deployment:\n  [{SECRET}\n"},
    "variables as text": {"environment_variables": Returned(f"P={SECRET}")},
    "variables as a list": {"environment_variables": Returned([{"P": SECRET}])},
    "overrides as text": {"overrides": Returned(f"P={SECRET}")},
    "a mistake elsewhere": {"template": "nowhere.yaml", "environment_variables": {"P": SECRET}, "overrides": ENTRY},
    "a mistake in Jinja": {"template": with_variables([ENTRY], description="{{ nobody }}")},
    "a mistake in Jinja of a variable": {"environment_variables": {"P": SECRET, "Q": "{{ nobody }}"}},
}


@pytest.mark.parametrize("form", READ)
def test_a_value_that_may_be_secret_is_not_shown_and_is_used(astro, runner, form):
    assert run(runner, **READ[form]) is None
    assert SECRET not in shown(runner)
    (made,) = astro.deployments
    is_secret = made["environmentVariables"][0]["isSecret"]
    value = astro.stored_secret(made["id"], "P") if is_secret else made["environmentVariables"][0]["value"]
    assert value == SECRET


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_refused_is_one_clear_error_and_shows_no_value(astro, runner, form, caplog):
    error = run(runner, **REFUSED[form])
    assert error
    assert SECRET not in error + shown(runner) + caplog.text
    assert astro.requests == []


@pytest.mark.parametrize("argument", ["environment_variables", "overrides"])
@pytest.mark.parametrize("value", [f"P={SECRET}", [{"P": SECRET}]])
def test_what_is_refused_when_parsed_shows_no_value(runner, argument, value):
    with pytest.raises(ValueError, match=f"^{argument} is (text|a list); allowed: a dict, or None") as caught:
        run(runner, **{argument: value})
    assert SECRET not in str(caught.value)


def test_public_values_and_paths_stay_readable(astro, runner, tmp_path):
    run(runner, template=with_variables([{"key": "P", "value": "for all to see", "is_secret": "n"}]))
    assert "for all to see" in shown(runner)
    run(runner, template="nowhere-{{ params.who }}.yaml")
    assert runner.operator.template == "nowhere-tester.yaml"


def test_a_block_is_hidden_to_its_end(astro, runner):
    before = "deployment:\n  environment_variables:\n  - key: P\n    value: "
    text = f"{before}|\n      one\n      two\n  - {{key: Q, value: x}}\n"
    made = astro.add_deployment("staging")
    runner.run(UpdateDeploymentFromFileOperator, deployment_file=text, deployment_id=made, wait=False)
    assert runner.operator.deployment_file == f'{before}"****"\n  - {{key: Q, value: "****"}}\n'


class TestMasking:
    def test_of_everything_given_as_environment_variables(self, astro, runner, masked):
        template = with_variables([{"key": "DB_URL", "value": "", "is_secret": False}])
        run(runner, template=template, environment_variables={"DB_URL": "postgres://u:pw@h", "NEW": "value"})
        assert masked == [("postgres://u:pw@h", None), ("value", None)]

    def test_of_secrets_in_file_and_overrides_and_by_name_elsewhere(self, astro, runner, masked):
        plain, public = {"key": "PLAIN", "value": "plain"}, {"key": "OPEN", "value": "open", "is_secret": False}
        over = {"environment_variables": [{**ENTRY, "value": "from overrides"}]}
        run(runner, template=with_variables([ENTRY, plain, public]), overrides=over)
        assert masked == [(SECRET, None), ("plain", "PLAIN"), ("from overrides", None)]
