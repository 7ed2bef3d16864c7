"""Builds the wheel and the sdist, checks them, and installs the wheel into clean environments of both Airflow lines.

``python -m dev.package`` uses every installed Python that the line supports; ``--build-only`` installs nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dev.environments import LINES, ROOT, TOOLS, boot, constraints_of, python_of, uv_environment

#: Each Airflow line and the Pythons that it supports.
PYTHONS = {"airflow-3": ("3.10", "3.11", "3.12", "3.13"), "airflow-2": ("3.10", "3.11", "3.12")}
#: With Airflow installed, every module can be imported except those that need an extra; the examples load from where
#: Airflow looks for those of a provider, and Airflow finds the provider.
FIRST_STEPS = """
import pkgutil
from importlib import import_module
from importlib.metadata import entry_points
import astro_provider
for module in pkgutil.walk_packages(astro_provider.__path__, "astro_provider."):
    if not module.name.startswith(("astro_provider.emulator", "astro_provider.pytest_plugin")):
        import_module(module.name)
import airflow_provider_astro.example_dags
examples = [f"{airflow_provider_astro.example_dags.__name__}.{m.name}"
            for m in pkgutil.iter_modules(airflow_provider_astro.example_dags.__path__)]
assert examples
for example in examples:
    import_module(example)
(entry,) = [e for e in entry_points(group="apache_airflow_provider") if e.value.startswith("astro_provider:")]
assert entry.load()()["package-name"] == "airflow-provider-astro"
"""


def main(arguments: list[str]) -> int:
    """Build and check; returns the exit code.

    :param arguments: From the command line.
    """
    parser = argparse.ArgumentParser(prog="python -m dev.package", description=__doc__)
    parser.add_argument("--build-only", action="store_true", help="build and check only, install nothing")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="output folder (default: dist)")
    options = parser.parse_args(arguments)
    files = build(options.out)
    if options.build_only:
        return 0
    (wheel,) = (path for path in files if path.suffix == ".whl")
    results = [installs(wheel, name, version) for name, versions in PYTHONS.items() for version in versions]
    return 0 if all(results) else 1


def build(folder: Path) -> list[Path]:
    """Build the wheel and the sdist and check them with twine; return their paths.

    :param folder: Output folder; the results of earlier builds there are removed.
    """
    for old in folder.glob("airflow_provider_astro-*"):
        old.unlink()
    uv("build", "--quiet", "--out-dir", folder, ROOT)
    files = sorted(folder.glob("airflow_provider_astro-*"))
    subprocess.run([python_of(TOOLS), "-m", "twine", "check", "--strict", *files], check=True)
    return files


def installs(wheel: Path, name: str, version: str) -> bool:
    """Install a wheel together with an Airflow; return whether it works. A Python that is not installed is skipped.

    :param wheel: The wheel.
    :param name: The environment whose Airflow and pins to use.
    :param version: The Python.
    """
    what = f"Airflow {LINES[name]}, Python {version}"
    interpreter = find_python(version)
    if interpreter is None:
        print(f"{what}: skipped, this Python is not installed", flush=True)
        return True
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder, "bin", "python")
        uv("venv", "--quiet", "--python", interpreter, folder)
        wanted = (wheel, f"apache-airflow=={LINES[name]}", "--constraint", constraints_of(name))
        for step in (("install", "--quiet", *wanted), ("check", "--quiet")):
            done = uv("pip", step[0], "--python", python, *step[1:], check=False)
            if done.returncode:
                print(f"{what}: uv pip {step[0]} failed\n{done.stderr[-3000:]}", flush=True)
                return False
        environment = {**os.environ, "AIRFLOW_HOME": folder, "PYTHONWARNINGS": "ignore", "PYTHONPATH": ""}
        done = subprocess.run([python, "-c", FIRST_STEPS], cwd=folder, env=environment, capture_output=True, text=True)
    good = done.returncode == 0
    print(f"{what}: {'ok' if good else done.stderr[-3000:]} ({time.monotonic() - began:.0f} s)", flush=True)
    return good


def find_python(version: str) -> str | None:
    """Return the path of a Python on this machine, including those of pyenv.

    :param version: For example ``3.12``.
    """
    found = uv("python", "find", "--no-project", version, check=False)
    if found.returncode == 0:
        return found.stdout.strip()
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return next(map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"))), None)


def uv(*arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run uv.

    :param arguments: Its arguments.
    :param check: Whether a failure is an error.
    """
    return subprocess.run(
        [boot(), *arguments],
        cwd=tempfile.gettempdir(),  # outside any project
        env=uv_environment(),
        check=check,
        capture_output=True,
        text=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
