"""What README and docs say in code runs, and the examples in them are whole."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from unittest import mock

import pytest
import yaml

from astro_provider.emulator.resources.deployment_options import RUNTIMES
from dev.conditions import free_port

ROOT = Path(__file__).parent.parent.parent
FRONT = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
PAGES = [*FRONT, *sorted(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts)]


#: tests/integration/test_tutorials.py types what these pages say.
TUTORIALS = [page for page in PAGES if page.parent.name == "tutorials"]


def blocks(*languages: str) -> list[tuple[Path, str]]:
    """Every block of code in one of the languages, those in lists included, with its page."""
    fence = re.compile(rf"^( *)```(?:{'|'.join(languages)})\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
    return [
        (page, re.sub(rf"^{indent}", "", code, flags=re.MULTILINE))
        for page in PAGES
        for indent, code in fence.findall(page.read_text())
    ]


ON_AIRFLOW_3 = pytest.mark.skipif(find_spec("airflow.sdk") is None, reason="the block is about Airflow 3")
CODE = [
    pytest.param(code, id=f"{page.name}-{n}", marks=ON_AIRFLOW_3 if "from airflow.sdk" in code else ())
    for n, (page, code) in enumerate(blocks("python"))
]


def commands(code: str) -> list[str]:
    """The lines of a block; those that belong to one command, by a backslash or by quotes of JSON, as one."""
    quoted = re.sub(r"'\{[^']*\}'", lambda found: found[0].replace("\n", " "), code)
    return quoted.replace("\\\n", " ").splitlines()


LINES = [line for page, code in blocks("console", "bash") if page not in TUTORIALS for line in commands(code)]
COMMANDS = sorted({" ".join(line.split(" #")[0].split()) for line in LINES})


@pytest.mark.parametrize("code", CODE)
def test_a_python_block_runs(code, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    with mock.patch.dict(os.environ):  # a conftest.py sets what only its own pytest run should see
        exec(compile(code, "docs", "exec"), {"__name__": "docs", "__file__": str(tmp_path / "tests" / "docs.py")})


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "operators").glob("*.md")), ids=lambda page: page.name)
def test_a_page_about_operators_shows_how_to_import_them(page):
    text = page.read_text()
    shown = re.findall(r"^ *```\{?(?:python|literalinclude)\b.*?^ *```$", text, re.DOTALL | re.MULTILINE)
    first, *others = re.findall(r"^\.\. arguments:: ([\w.]+)\.(\w+)$", text, re.MULTILINE)
    for (module, name), code in [(first, shown[0]), *((other, text) for other in others)]:
        assert re.search(rf"^ *from {module} import (\([^)]*|.*)\b{name}\b", code, re.MULTILINE), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_make_target_that_is_named_exists(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z][a-z-]+)", page.read_text())) <= targets


@pytest.mark.parametrize("example", sorted(path.stem for path in (ROOT / "example_dags").glob("example_*.py")))
def test_an_example_has_a_page_with_its_code_its_graph_and_its_log(example):
    (page,) = [text for path in PAGES if f"examples/{example}.md\n" in (text := path.read_text())]
    assert f"example_dags/{example}.py\n" in page
    shown = (ROOT / "docs" / "examples" / f"{example}.md").read_text()
    for task_id in re.findall(r'task_id="(\w+)"', (ROOT / "example_dags" / f"{example}.py").read_text()):
        assert f"\n[{task_id}]\n" in shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_files_lead_somewhere(page):
    targets = re.findall(r"\]\(((?!https?:)[^)#\s]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_file_that_a_page_includes_is_linked(page):
    """A viewer of Markdown shows the link, but not the file."""
    text = page.read_text()
    included = set(re.findall(r"^ *```\{literalinclude\} (\S+)$", text, re.MULTILINE))
    assert [path for path in included if f"]({path})" not in text] == []


def test_every_picture_is_shown_and_there():
    shown = {name for page in PAGES for name in re.findall(r"images/([\w.-]+)\)", page.read_text())}
    assert shown == {path.name for path in (ROOT / "docs" / "images").iterdir() if path.suffix != ".json"}


#: What a reader is told to type, and where it is run. A command that is on no list fails the test below.
ELSEWHERE = {
    r"make (unit( T=\S+| SLOW=1)?|demo|check|test|coverage|test-all|bench|build|package|check package)": "see above",
    r"pip install (\.|'\.\[emulator\]'|'airflow-provider-astro\[emulator\]'( pytest)?)": "the extras are checked below",
    r'python -c "import airflow_provider_astro .*"': "tests/repository/test_example_dags.py",
    r"pip install '\.\[emulator\]' --constraint tests/constraints/airflow-[23]\.txt": "the pins of each environment",
    r"python3 -m venv \S+|source \S+/bin/activate|mkdir -p \S+/dags\"": "Python's own, and the shell's",
    r"airflow db migrate|export AIRFLOW_HOME=\S+": "Airflow's own, once for each metadata database",
    r"airflow dags test (my_first_deployment|preview_tests)": "tests/integration/test_quickstart.py",
    r"cp docs/tutorials/dags/deployments/preview\.yaml \S+/dags/template\.yaml\"": "the same",
    r"airflow connections (test|add) astro_default.*": "tests/integration/test_quickstart.py",
    r"airflow standalone": "Airflow's own, until Ctrl-C",
    r'AIRFLOW_TOKEN=\$\(curl .* "\$AIRFLOW_URL/auth/token" .*': "Airflow's own API",
    r'airflow pools set astro_deletes 5 "Deletes of Astro Deployments"': "Airflow's own, once for each set-up",
    r"curl .* http://127\.0\.0\.1:8899/_emulator/deployments .*": "tests/integration/test_examples.py",
    r"(ID=.*|curl .*/deployments/(pr-\*|\$ID)/.*)": "tests/emulator/http/test_control_airflow.py",
    r"curl .* \"\$AIRFLOW_URL/api/v2/dags/example_branch_deployment/dagRuns\" .*": "Airflow's own API",
    r"\.venv/airflow-3/bin/python -m dev\.(example_pages|teardown_proof)": "minutes in a real Airflow, by hand",
    r"astro deployment (inspect --deployment-name NAME --template > \S+|create .*)": "the CLI of Astro itself",
    r"astro workspace switch .*": "the CLI of Astro itself",
    r"astro (dev start|deploy|env connection create .*)": "the CLI of Astro itself",
    r".*python -m astro_provider.emulator --(port 8888|show-token.*|airflow .*)": "tests/emulator/test_cli.py",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_can_be_typed(command, tmp_path):
    if any(re.fullmatch(pattern, command) for pattern in ELSEWHERE):
        assert command
        return
    emulator, port = "python -m astro_provider.emulator --", free_port()
    if re.fullmatch(f"{emulator}(port 8899|airflow .*)", command):
        command += " --show-connection"  # the same options, without staying
    assert emulator in command or command.startswith("export "), f"nothing runs {command!r}"
    typed = command.replace("8899", str(port)).replace("python -m", f"{shlex.quote(sys.executable)} -m")
    (tmp_path / "airflow" / "dags").mkdir(parents=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    script = f"set -e; {typed}; echo; env"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '"conn_type": "astro"' in done.stdout


def test_the_runtimes_that_a_page_lists_are_those_of_the_emulator():
    rows = re.findall(
        r"^\| (\d+\.\d+) \| [\d.]+ \| (.*`.*) \|$", (ROOT / "docs" / "deployment-file.md").read_text(), re.MULTILINE
    )
    listed = {version: airflow for airflow, versions in rows for version in re.findall(r"`([\d.-]+)`", versions)}
    assert listed == {version: airflow.rpartition(".")[0] for version, airflow in RUNTIMES.items()}


def test_an_extra_that_is_named_exists():
    extras = set(re.findall(r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text(), re.MULTILINE))
    named = {
        name for page in PAGES for name in re.findall(r"'(?:airflow-provider-astro|\.)\[(\w+)\]", page.read_text())
    }
    assert named
    assert named <= extras


def test_a_file_that_is_named_in_a_command_exists():
    named = {found for line in LINES for found in re.findall(r"--constraint (\S+)", line)}
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_landing_page_shows_what_the_readme_shows():
    parts = re.findall(r"start-after: \"(.+)\"\n:end-before: \"(.+)\"", (ROOT / "docs" / "index.md").read_text())
    ((start, end),) = parts
    shown = (ROOT / "README.md").read_text().split(start)[1].split(end)[0]
    (code,) = re.findall(r"```python\n(.*?)```", shown, re.DOTALL)
    assert len([line for line in code.splitlines() if line]) <= 8
    assert "pip install" in shown
    assert "](docs/images/" in shown


@pytest.mark.parametrize(
    "form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*_*.yml")), ids=lambda form: form.name
)
def test_a_form_for_issues_asks_for_something(form):
    content = yaml.safe_load(form.read_text())
    assert content["name"]
    assert content["description"]
    fields = [field for field in content["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields) > 0
    assert any(field.get("validations", {}).get("required") for field in fields)
