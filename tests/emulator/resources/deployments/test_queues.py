"""Worker queues: which are refused, which keep their ids, and how they are shown."""

from __future__ import annotations

import pytest

COUNTS = {"maxWorkerCount": 5, "minWorkerCount": 0, "workerConcurrency": 5}


def queue(name="default", **changes):
    return {"name": name, "isDefault": name == "default", "astroMachine": "A5", **COUNTS, **changes}


def ids(answer):
    assert answer.status_code == 200, answer.text
    return {queue["name"]: queue["id"] for queue in answer.json()["workerQueues"]}


def test_a_blank_id_is_a_queue_that_has_none_yet(create, update):
    made = create(workerQueues=[queue(id=""), queue("heavy", id="")])
    before = ids(made)
    assert len(set(before.values())) == 2
    assert "" not in before.values()
    after = ids(update(made.json(), workerQueues=[queue(id=""), queue("heavy", id=""), queue("new", id="")]))
    assert after.items() > before.items()


def test_the_list_is_a_full_replacement_and_queues_keep_their_ids(create, update):
    made = create(workerQueues=[queue(), queue("heavy")])
    before = ids(made)
    renamed = ids(update(made.json(), workerQueues=[queue(), queue("large", id=before["heavy"])]))
    assert renamed == {"default": before["default"], "large": before["heavy"]}
    assert ids(update(made.json(), workerQueues=[queue()])) == {"default": before["default"]}


def test_queues_are_shown_by_name(create, update, call):
    made = create(workerQueues=[queue("zeta"), queue(), queue("alpha")]).json()
    assert [each["name"] for each in made["workerQueues"]] == ["alpha", "default", "zeta"]
    again = update(made, workerQueues=[queue("zeta"), queue(), queue("beta")]).json()
    assert [each["name"] for each in again["workerQueues"]] == ["beta", "default", "zeta"]


def test_each_machine_has_the_pods_that_the_options_say(create, call):
    machines = call("GET", "/deployment-options").json()["workerMachines"]
    specs = {machine["name"]: (machine["spec"]["cpu"], machine["spec"]["memory"]) for machine in machines}
    named = {f"on-{name.lower()}": name for name in specs}
    queues = [queue(), *(queue(name, astroMachine=machine) for name, machine in named.items())]
    made = create(workerQueues=queues).json()["workerQueues"]
    assert {each["astroMachine"]: (each["podCpu"], each["podMemory"]) for each in made} == specs
    assert len(set(specs.values())) == len(specs)


@pytest.mark.parametrize(
    ("queues", "said"),
    [
        ([queue("heavy")], "workerQueues should have one default queue, and that is named default"),
        ([queue(), queue("heavy", isDefault=True)], "failed check on defaultQueue"),
        ([queue(), queue("heavy"), queue("heavy")], "workerQueues should have different names"),
        ([queue(minWorkerCount=6)], "workerQueues[0].minWorkerCount should be at most maxWorkerCount"),
        ([queue(maxWorkerCount=31)], "workerQueues[0].maxWorkerCount should be max: 30"),
        ([queue(workerConcurrency=16)], "workerQueues[0].workerConcurrency should be max: 15"),
        ([queue(id="clnothing")], "workerQueues[0].id should be left out"),
        ([queue(maxWorkerCount=0)], "workerQueues[0].maxWorkerCount should be min: 1"),
        ([queue(astroMachine="a5")], "workerQueues[0].astroMachine"),
    ],
)
def test_what_does_not_fit_is_refused(create, queues, said):
    refused = create(workerQueues=queues)
    assert refused.status_code == 400
    assert said in refused.json()["message"]


def test_a_machine_is_needed_in_an_update_too(create, update):
    made = create().json()
    without = {name: value for name, value in queue().items() if name != "astroMachine"}
    refused = update(made, workerQueues=[without])
    assert refused.json()["fieldErrors"][0]["field"] == "workerQueues[0].astroMachine"


def test_a_node_pool_is_one_of_the_clusters(create, bodies):
    (wrong,) = bodies["HYBRID"]["workerQueues"]
    refused = create("HYBRID", workerQueues=[{**wrong, "nodePoolId": "clnothing"}])
    assert "nodePoolId should be a node pool of the cluster" in refused.json()["message"]
