"""With the address of an image registry: the tag has to be there, and its label names the runtime."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from astro_provider.emulator.resources.deployment_options import RUNTIMES

LABELS = {"io.astronomer.docker.runtime.version": "3.1-5"}
OLDER = next(runtime for runtime, airflow in RUNTIMES.items() if airflow.startswith("2."))
PLATFORM = {"os": "linux", "architecture": "amd64"}


@contextmanager
def registry(documents, status=404):
    """A registry that answers these documents by the last part of their paths."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            found = documents.get(self.path.rsplit("/", 1)[1])
            self.send_response(200 if found is not None else status)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def finalized(target, documents):
    made = target.create("IMAGE_AND_DAG").json()
    documents[made["imageTag"]] = documents.pop("TAG", None)
    return made, target.finalize(made["id"], dagTarballVersion="")


@pytest.mark.parametrize("labels", [LABELS, {}, None])
def test_the_runtime_is_the_one_on_the_image(served, labels):
    documents = {"TAG": {"config": {"digest": "sha256:c"}}, "sha256:c": {"config": {"Labels": labels}}}
    with registry(documents) as address:
        target = served(progress="immediately", registry=address)
        target.id = target.astro.add_deployment("older", astroRuntimeVersion=OLDER)
        made, answer = finalized(target, documents)
        assert answer.json()["status"] == "DEPLOYED"
        assert made["imageRepository"] == f"{address}/{target.astro.organization_id}/{target.id}"
        shown = target.get()
        assert shown["imageRepository"] == made["imageRepository"]
        assert shown["imageTag"] == made["imageTag"]
        assert shown["astroRuntimeVersion"] == shown["runtimeVersion"] == ("3.1-5" if labels else OLDER)
        assert shown["airflowVersion"].startswith("3." if labels else "2.")


def test_an_index_leads_to_the_image_for_linux_on_amd64(served):
    others = {"os": "linux", "architecture": "arm64"}
    documents = {
        "TAG": {
            "manifests": [{"digest": "sha256:a", "platform": others}, {"digest": "sha256:b", "platform": PLATFORM}]
        },
        "sha256:b": {"config": {"digest": "sha256:c"}},
        "sha256:c": {"config": {"Labels": LABELS}},
    }
    with registry(documents) as address:
        target = served(progress="immediately", registry=address)
        _, answer = finalized(target, documents)
        assert answer.json()["astroRuntimeVersion"] == "3.1-5"


def test_an_image_that_was_never_pushed_is_refused(served):
    with registry({}) as address:
        target = served(registry=address)
        made, answer = finalized(target, {})
        assert answer.status_code == 400
        assert f"{made['imageRepository']}:{made['imageTag']} was never pushed" in answer.json()["message"]
        assert target.deploy(made["id"])["status"] == "INITIALIZED"


@pytest.mark.parametrize("status", [401, 500])
def test_a_registry_that_cannot_be_asked_is_a_500(served, status):
    with registry({}, status) as address:
        target = served(registry=address)
        _, answer = finalized(target, {})
        assert (answer.status_code, str(status) in answer.json()["message"]) == (500, True)
    _, answer = finalized(target, {})
    assert (answer.status_code, "cannot be asked" in answer.json()["message"]) == (500, True)


def test_without_one_images_are_taken_as_they_come(target):
    made, answer = finalized(target, {})
    assert answer.json()["status"] == "DEPLOYED"
    assert made["imageRepository"].startswith(target.astro.address)
