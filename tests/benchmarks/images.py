"""Copying an image of 300 MB between two real registries: time and memory, beside curl, which downloads and uploads."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

from dev.programs import REGISTRY, executable
from dev.registry import LocalRegistry
from tests.builders.images import BuiltImage, image

LAYERS, SIZE = 3, 100_000_000
TOKEN = "benchmark-token"


def main() -> None:
    """Print the table."""
    if executable(REGISTRY) is None:
        print("There is no docker-registry; as root on Debian, dev/programs.py gets it.")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        built = image(*(os.urandom(SIZE) for _ in range(LAYERS)))
        users = {"cli": TOKEN}
        with LocalRegistry(folder / "source") as source, LocalRegistry(folder / "target", users=users) as target:
            fill(source, built)
            print(f"An image of {LAYERS} layers of {SIZE / 1e6:.0f} MB, from registry to registry over loopback:\n")
            print("| | Time | Memory above idle |\n|---|---|---|")
            print(f"| curl: download to a file, then upload it | {with_curl(source, target, built, folder):.1f} s | |")
            for title in ("copied", "copied again: everything is there"):
                found = in_a_process(source.address, target.address)
                print(f"| {title} | {found['seconds']:.1f} s | {found['memory'] / 1e6:.0f} MB |")
    print()


def fill(registry: LocalRegistry, built: BuiltImage) -> None:
    base = f"http://{registry.address}/v2/acme/astro"
    for digest, blob in built.blobs.items():
        begun = requests.post(f"{base}/blobs/uploads/")
        requests.put(begun.headers["Location"], params={"digest": digest}, data=blob).raise_for_status()
    headers = {"Content-Type": built.media_type}
    requests.put(f"{base}/manifests/1", data=built.manifest, headers=headers).raise_for_status()


def with_curl(source: LocalRegistry, target: LocalRegistry, built: BuiltImage, folder: Path) -> float:
    login = ("cli", TOKEN)
    began = time.monotonic()
    for digest in built.blobs:
        file = folder / "blob"
        curl = ["curl", "--silent", "--fail", "--output"]
        subprocess.run([*curl, str(file), f"http://{source.address}/v2/acme/astro/blobs/{digest}"], check=True)
        session = requests.post(f"http://{target.address}/v2/org/curl/blobs/uploads/", auth=login).headers["Location"]
        upload = [*curl, os.devnull, "--user", ":".join(login), "--upload-file", str(file)]
        subprocess.run([*upload, f"{session}&digest={digest}"], check=True)
    return time.monotonic() - began


def in_a_process(source: str, target: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.images", source, target],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def copy(source: str, target: str) -> None:
    """Copy the image, and print how long that took and how much memory."""
    from astro_provider.images import copy_image, read_image

    found = read_image(f"{source}/acme/astro:1")
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    copy_image(found, repository=f"{target}/org/dep", tag="deploy-1", token=TOKEN)
    seconds = time.monotonic() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle) * 1024
    print(json.dumps({"seconds": seconds, "memory": grown}))


if __name__ == "__main__":
    if sys.argv[1:]:
        copy(*sys.argv[1:])
    else:
        main()
