"""Create the virtual environments in ``.venv/`` from the pins in ``tests/constraints/``. Standard library only.

``python dev/environments.py airflow-3 airflow-2`` updates these two; ``--compile`` resolves the pins again.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENVS = ROOT / ".venv"
CONSTRAINTS = ROOT / "tests" / "constraints"
UV_VERSION = "0.13.9"

#: Environment -> the Airflow it holds. The first two run the whole suite, the others a smoke test.
LINES = {
    "airflow-3": "3.3.2",
    "airflow-2": "2.11.2",
    "airflow-3.0": "3.0.6",
    "airflow-3.1": "3.1.8",
    "airflow-3.2": "3.2.2",
}

#: What an environment costs: measured for the first two, on Linux with Python 3.11.
DOWNLOAD = "about 200 MB to download, less what uv's cache has, and 700 MB on disk"

#: Upper bounds that these Airflow versions need but do not declare: newer versions break Airflow's own API.
HELD = {"airflow-3.0": ["fastapi<0.117"], "airflow-3.2": ["fastapi<0.137", "starlette<1.2", "svcs<26"]}

#: The environment that ruff, mypy, the docs and coverage run in; the only one with the docs' packages.
TOOLS = "airflow-3"

#: What pip is told -> what uv is told instead.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


class SetupError(Exception):
    """This machine lacks something; the message says what to do."""


def python_of(name: str) -> Path:
    """The interpreter of an environment."""
    return VENVS / name / "bin" / "python"


def constraints_of(name: str) -> Path:
    return CONSTRAINTS / f"{name}.txt"


def check_python() -> None:
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        found = ".".join(map(str, sys.version_info[:3]))
        raise SetupError(
            f"Python 3.10 to 3.13 is required, but this is {found}. "
            "To use another one: make PYTHON=/path/to/python3.12 ..."
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise SetupError(
            f"{sys.executable} cannot create virtual environments ({error}). "
            f"On Debian and Ubuntu, install the package python{minor}-venv. To use another Python: make PYTHON=..."
        ) from error


def run(command: list[str | Path], *, env: dict[str, str] | None = None, text: str | None = None) -> None:
    done = subprocess.run(list(map(str, command)), cwd=ROOT, env=env, input=text, text=True, check=False)
    if done.returncode:
        raise SetupError(f"The command failed with exit code {done.returncode}: {' '.join(map(str, command))}")


def boot() -> Path:
    """Return uv's path; it is installed in a separate environment, with the machine's pip."""
    uv = VENVS / "boot" / "bin" / "uv"
    stamp = VENVS / "boot" / ".stamp"
    wanted = f"{UV_VERSION} {sys.version} {uv}"
    if not (uv.exists() and stamp.exists() and stamp.read_text() == wanted):
        print(f"Getting uv {UV_VERSION}, which installs everything else: about 20 MB to download.", flush=True)
        shutil.rmtree(VENVS / "boot", ignore_errors=True)
        run([sys.executable, "-m", "venv", VENVS / "boot"])
        quiet = ["--quiet", "--disable-pip-version-check"]
        run([python_of("boot"), "-m", "pip", "install", *quiet, f"uv=={UV_VERSION}"])
        stamp.write_text(wanted)
    return uv


def uv_environment() -> dict[str, str]:
    """Environment variables with which uv uses the index, proxy and certificates that the user's pip uses."""
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    env.pop("VIRTUAL_ENV", None)
    listing = subprocess.run(
        [str(python_of("boot")), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    settings: dict[str, str] = {}
    # A later line takes precedence, except that those of the environment (":env:.cert") come first but override all.
    for line in sorted(listing.stdout.splitlines(), key=lambda line: line.startswith(":env:")):
        key, _, value = line.partition("=")
        settings[key.rpartition(".")[2]] = str(ast.literal_eval(value))
    for key, variable in PIP_TO_UV.items():
        if settings.get(key):
            env.setdefault(variable, " ".join(settings[key].split()))
    return env


def wanted_stamp(name: str) -> str:
    """What an environment was built from; if it differs from the stored value, the environment is out of date."""
    digest = hashlib.sha256(f"{sys.version} {VENVS} {UV_VERSION}".encode())
    for path in (constraints_of(name), ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def ensure(name: str) -> None:
    """Update one environment; fast if it is up to date."""
    stamp = VENVS / name / "made-from"
    wanted = wanted_stamp(name)
    if python_of(name).exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    started = time.monotonic()
    uv, env = boot(), uv_environment()
    pins = sum(1 for line in constraints_of(name).read_text().splitlines() if "==" in line)
    print(
        f"{name}: putting Airflow {LINES[name]} and {pins - 1} other packages into {VENVS / name}: {DOWNLOAD}.",
        flush=True,
    )
    stamp.unlink(missing_ok=True)
    run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, VENVS / name], env=env)
    # One exact set: the pins and the package itself, which stays installed throughout.
    sync: list[str | Path] = [uv, "pip", "sync", "--quiet", "--python", python_of(name)]
    run([*sync, constraints_of(name), "-"], env=env, text="--editable .\n")
    stamp.write_text(wanted)
    print(f"{name}: Airflow {LINES[name]} is ready (took {time.monotonic() - started:.0f} s)", flush=True)


def renew(name: str) -> None:
    """Resolve all pins again, for Python 3.10 to 3.13 at once."""
    uv, env = boot(), uv_environment()
    output = constraints_of(name)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.unlink(missing_ok=True)  # uv keeps the versions it finds there
    options = ["--quiet", "--universal", "--python-version", "3.10", "--extra", "dev"]
    options += ["--extra", "docs"] if name == TOOLS else []
    options += ["--no-header", "--no-annotate", "--no-emit-package", "airflow-provider-astro"]
    command: list[str | Path] = [uv, "pip", "compile", *options, "--output-file", output, "pyproject.toml", "-"]
    run(command, env=env, text="\n".join([f"apache-airflow=={LINES[name]}", *HELD.get(name, [])]))
    print(f"{output.relative_to(ROOT)}: {len(output.read_text().splitlines())} pins", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python dev/environments.py", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(LINES))
    parser.add_argument("--compile", action="store_true", help="resolve the pins again instead")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(LINES):
        parser.error(f"no such environment: {', '.join(sorted(unknown))}; choose from {', '.join(LINES)}")
    try:
        check_python()
        for name in arguments.names or LINES:
            (renew if arguments.compile else ensure)(name)
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
