"""What would be published: wheel and sdist, built as ``make build`` builds them."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from astro_provider import __version__
from dev.environments import TOOLS, python_of
from dev.package import uv

ROOT = Path(__file__).parent.parent.parent
#: What a visitor of the repository reads first.
FRONT = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Names of all files in wheel and sdist, and the wheel's metadata and entry points."""
    if Path(sys.executable) != python_of(TOOLS):
        pytest.skip("one line is enough: the files do not depend on Airflow")
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "dev.package", "--build-only", "--out", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        info = f"airflow_provider_astro-{__version__}.dist-info"
        metadata = message_from_string(archive.read(f"{info}/METADATA").decode())
        entry_points = archive.read(f"{info}/entry_points.txt").decode()
        files = set(archive.namelist())
    with tarfile.open(sdist) as archive:
        source = {name.partition("/")[2] for name in archive.getnames()}
    return files, source, metadata, entry_points


def test_the_wheel_holds_the_package_its_examples_and_nothing_else(built):
    files, _, _, _ = built
    assert {name.split("/")[0] for name in files} == {
        "airflow_provider_astro",
        "astro_provider",
        f"airflow_provider_astro-{__version__}.dist-info",
    }
    ours = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "astro_provider").rglob("*")
        if path.suffix in {".py", ".html", ".css"}
    }
    assert "astro_provider/emulator/ui/templates/deployment.html" in ours
    assert ours | {"astro_provider/py.typed"} <= files
    # Templates and projects, too, and what keeps Airflow from running those projects.
    examples = {path.relative_to(ROOT).as_posix() for path in (ROOT / "example_dags").rglob("*") if is_source(path)}
    assert "example_dags/.airflowignore" in examples
    shipped = {f"airflow_provider_astro/{name}" for name in examples}
    assert {name for name in files if name.startswith("airflow_provider_astro/")} == {
        "airflow_provider_astro/__init__.py",
        *shipped,
    }


def is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def test_an_editable_install_uses_the_examples_of_the_clone(tmp_path):
    if Path(sys.executable) != python_of(TOOLS):
        pytest.skip("one line is enough: the files do not depend on Airflow")
    uv("venv", "--quiet", "--python", sys.executable, tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    uv("pip", "install", "--quiet", "--no-deps", "--python", python, "--editable", ROOT)
    code = "import airflow_provider_astro; print(*airflow_provider_astro.__path__, sep='\\n')"
    done = subprocess.run([python, "-I", "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True)
    folders = [Path(line, "example_dags") for line in done.stdout.splitlines()]
    assert [folder for folder in folders if folder.is_dir()] == [ROOT / "example_dags"]


def test_the_sdist_can_be_worked_with(built):
    _, source, _, _ = built
    for name in ("pyproject.toml", "Makefile", "LICENSE", "docs/index.md", *FRONT):
        assert name in source
    for name in ("tests/conftest.py", "dev/environments.py", "example_dags/example_ephemeral_deployment.py"):
        assert name in source
    assert "airflow_provider_astro/__init__.py" in source


def test_airflow_and_pytest_find_it(built):
    *_, entry_points = built
    assert "provider_info = astro_provider:get_provider_info" in entry_points
    assert "astro_provider = astro_provider.pytest_plugin" in entry_points


def test_the_metadata_says_what_a_registry_asks_for(built):
    _, _, metadata, _ = built
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "Apache-2.0"
    classifiers = metadata.get_all("Classifier")
    assert "Framework :: Apache Airflow :: Provider" in classifiers
    assert {f"Programming Language :: Python :: 3.{minor}" for minor in range(10, 14)} <= set(classifiers)
    assert any(line.startswith("apache-airflow<4,>=2.11") for line in metadata.get_all("Requires-Dist"))
    assert metadata["Summary"]
    assert metadata["Keywords"]
    assert metadata["Description-Content-Type"] == "text/markdown"
