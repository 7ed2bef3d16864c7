"""What exists and what is wanted give the whole body: nothing that an update leaves out is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_provider.errors import ConfigurationError, RefusedError
from astro_provider.models.access import Place
from astro_provider.models.environment_objects import EnvironmentObject
from astro_provider.rules.environment_objects import Wanted, connection_fields, plan_create, plan_update

ONE, TWO, THREE = "cldeployment0000000000001", "cldeployment0000000000002", "cldeployment0000000000003"
WORKSPACE, DEPLOYMENT = Place("WORKSPACE", "clworkspace00000000000001"), Place("DEPLOYMENT", ONE)
CONNECTION = {"type": "snowflake", "host": "h", "login": "l", "schema": "s", "port": 443, "extra": {"role": "R"}}
SET = ["host", "login", "password", "schema", "port", "extra.role"]


def link(deployment_id, **overrides):
    return {"scope": "DEPLOYMENT", "scopeEntityId": deployment_id, **overrides}


def existing(part="connection", fields=CONNECTION, place=WORKSPACE, **more):
    kinds = {"connection": "CONNECTION", "airflowVariable": "AIRFLOW_VARIABLE"}
    return EnvironmentObject.model_validate(
        {
            "id": "clobject00000000000000001",
            "objectKey": "warehouse",
            "objectType": kinds[part],
            "scope": place.type,
            "scopeEntityId": place.id,
            part: fields,
            "setFields": SET if part == "connection" else ["value"],
            **more,
        }
    )


def variable(value, *, secret):
    return existing("airflowVariable", {"value": "" if secret else value, "isSecret": secret})


class TestUpdate:
    def test_a_new_password_leaves_all_else_as_it_is(self):
        stored = existing(
            description="d",
            links=[link(ONE, connectionOverrides={"host": "other", "extra": {"role": "X"}}), link(TWO)],
            excludeLinks=[link(THREE)],
            autoLinkDeployments=True,
        )
        plan = plan_update(stored, Wanted(connection={"password": "new"}))
        assert plan.body == {
            "connection": {
                "type": "snowflake",
                "host": "h",
                "login": "l",
                "schema": "s",
                "port": 443,
                "password": "new",
            },
            "description": "d",
            "links": [link(ONE, overrides={"connection": {"host": "other", "extra": {"role": "X"}}}), link(TWO)],
            "excludeLinks": [link(THREE)],
            "autoLinkDeployments": True,
        }
        assert plan.changes == ("password (a secret, which cannot be compared with what is stored)",)

    def test_an_authentication_type_is_sent_back_under_the_name_that_requests_have(self):
        stored = existing(fields={**CONNECTION, "connectionAuthType": {"id": "clauth", "name": "key"}})
        assert plan_update(stored, Wanted(links=[ONE])).body["connection"]["authTypeId"] == "clauth"

    def test_an_object_of_a_deployment_has_no_links(self):
        plan = plan_update(existing(place=DEPLOYMENT), Wanted(connection={"host": "new"}))
        assert plan.body.keys() == {"connection"}

    @pytest.mark.parametrize(
        ("wanted", "changes"),
        [
            ({"host": "h", "port": 443, "type": "snowflake"}, ()),
            ({"extra": {"role": "R"}}, ()),
            ({"host": "new", "login": None, "port": 1}, ("host", "login is cleared", "port")),
            ({"password": None, "extra": None}, ()),
            ({"password": ""}, ()),
            ({"extra": {"role": "S"}}, ("extra",)),
            ({"extra": {}}, ("extra",)),
        ],
    )
    def test_what_differs_is_named_and_never_quoted(self, wanted, changes):
        assert plan_update(existing(), Wanted(connection=wanted)).changes == changes

    def test_a_hidden_key_of_extra_cannot_be_compared(self):
        stored = existing(setFields=[*SET, "extra.private_key"])
        plan = plan_update(stored, Wanted(connection={"extra": {"role": "R", "private_key": "k"}}))
        assert plan.changes == ("extra (a secret, which cannot be compared with what is stored)",)
        assert plan_update(stored, Wanted(connection={"extra": {"role": "R"}})).changes == ("extra",)

    def test_another_type_is_refused(self):
        with pytest.raises(RefusedError, match="has the type 'snowflake', and Astro cannot change that to 'postgres'"):
            plan_update(existing(), Wanted(connection={"type": "postgres"}))

    @pytest.mark.parametrize(
        ("stored", "wanted", "sent", "changes"),
        [
            (variable("a", secret=False), Wanted(value="a", is_secret=False), "a", 0),
            (variable("a", secret=False), Wanted(value="b", is_secret=False), "b", 1),
            (variable("a", secret=False), Wanted(links=[ONE]), "a", 1),
            (variable("a", secret=True), Wanted(value="a"), "a", 1),
            (variable("a", secret=True), Wanted(links=[ONE]), "", 1),
            (variable("a", secret=True), Wanted(auto_link=True), "", 1),
            (variable("a", secret=True), Wanted(auto_link=False), "", 0),
        ],
    )
    def test_a_variable(self, stored, wanted, sent, changes):
        plan = plan_update(stored, wanted)
        assert plan.body["airflowVariable"] == {"value": sent}
        assert len(plan.changes) == changes

    @pytest.mark.parametrize("secret", [True, False])
    def test_secrecy_cannot_be_changed(self, secret):
        with pytest.raises(RefusedError, match=rf"Pass secret={secret}, or delete it .* secret={not secret}\."):
            plan_update(variable("a", secret=secret), Wanted(value="b", is_secret=not secret))

    def test_a_hidden_override_is_not_replaced_by_the_blank_that_is_shown_for_it(self):
        stored = existing(
            "airflowVariable",
            {"value": "", "isSecret": True},
            links=[link(ONE, airflowVariableOverrides={"value": ""})],
        )
        assert plan_update(stored, Wanted(value="new")).body["links"] == [link(ONE)]

    def test_a_link_is_added_once(self):
        plan = plan_update(existing(links=[link(ONE)]), Wanted(links=[ONE, TWO, TWO]))
        assert plan.body["links"] == [link(ONE), link(TWO)]
        assert plan.changes == (f"linked to Deployment {TWO}",)

    def test_an_excluded_deployment_is_not_linked(self):
        with pytest.raises(RefusedError, match=f"Deployment {ONE} is excluded from connection 'warehouse'"):
            plan_update(existing(excludeLinks=[link(ONE)]), Wanted(links=[ONE]))

    @given(
        linked=st.sets(st.sampled_from([ONE, TWO, THREE])),
        overrides=st.dictionaries(st.sampled_from(["host", "login", "schema"]), st.text(min_size=1)),
        fields=st.dictionaries(st.sampled_from(["host", "login", "schema"]), st.text(min_size=1)),
        change=st.sampled_from(["host", "login", "schema", "password"]),
    )
    def test_one_change_changes_nothing_else(self, linked, overrides, fields, change):
        links = [link(each, connectionOverrides=overrides) for each in sorted(linked)]
        stored = existing(fields={"type": "t", **fields}, links=links, autoLinkDeployments=True)
        body = plan_update(stored, Wanted(connection={change: "new"})).body
        assert body["connection"] == {"type": "t", **fields, change: "new"}
        assert [each["scopeEntityId"] for each in body["links"]] == sorted(linked)
        assert all(each.get("overrides", {"connection": {}})["connection"] == overrides for each in body["links"])


class TestCreate:
    def test_a_connection(self):
        wanted = Wanted(connection={"type": "snowflake", "host": None, "password": "p"}, links=[ONE])
        assert plan_create("warehouse", "CONNECTION", WORKSPACE, wanted).body == {
            "objectKey": "warehouse",
            "objectType": "CONNECTION",
            "scope": "WORKSPACE",
            "scopeEntityId": WORKSPACE.id,
            "connection": {"type": "snowflake", "password": "p"},
            "links": [link(ONE)],
            "excludeLinks": [],
            "autoLinkDeployments": False,
        }

    def test_a_variable_of_a_deployment(self):
        plan = plan_create("k", "ENVIRONMENT_VARIABLE", DEPLOYMENT, Wanted(value="v"))
        assert plan.body == {
            "objectKey": "k",
            "objectType": "ENVIRONMENT_VARIABLE",
            "scope": "DEPLOYMENT",
            "scopeEntityId": ONE,
            "environmentVariable": {"isSecret": True, "value": "v"},
        }
        assert plan.changes == ("created",)

    @pytest.mark.parametrize("wanted", [Wanted(), Wanted(connection={"host": "h"})])
    def test_a_new_connection_needs_a_type(self, wanted):
        with pytest.raises(
            ConfigurationError,
            match=r"There is no connection 'c' yet\. To create it, set the argument connection, with",
        ):
            plan_create("c", "CONNECTION", WORKSPACE, wanted)

    def test_a_new_variable_needs_a_value(self):
        with pytest.raises(
            ConfigurationError, match=r"There is no Airflow variable 'v' yet\. To create it, set the argument value"
        ):
            plan_create("v", "AIRFLOW_VARIABLE", WORKSPACE, Wanted(auto_link=True))


class TestFields:
    def test_are_those_of_airflow(self):
        written = {"conn_type": "http", "host": "h", "port": "443", "extra": '{"a": 1}', "password": "p"}
        assert connection_fields(written) == {
            "type": "http",
            "host": "h",
            "port": 443,
            "extra": {"a": 1},
            "password": "p",
        }

    @pytest.mark.parametrize(
        ("written", "sentence"),
        [
            ({"pasword": "s3cr3t"}, "no field 'pasword'. Did you mean 'password'?"),
            ({"port": "443x"}, "port='443x' is not a valid port"),
            ({"extra": "s3cr3t"}, "extra is not a JSON object"),
            ({"extra": ["s3cr3t"]}, "extra is not a JSON object"),
            ({"password": 1234567}, "password is of type int; allowed: text"),
        ],
    )
    def test_a_wrong_one_is_named_without_its_value(self, written, sentence):
        with pytest.raises(ConfigurationError) as caught:
            connection_fields(written)
        assert sentence in str(caught.value)
        assert "s3cr3t" not in str(caught.value)
        assert "1234567" not in str(caught.value)
