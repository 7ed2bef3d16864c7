"""Runs a real Airflow of either line in its own folder, with its own ports and processes, for tests, demo and UI."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from dev.conditions import free_port, is_open, wait_until
from dev.metadata import Metadata
from dev.rest import Rest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

#: Seconds after which it gives up on something, on a machine that is busy with other things.
LIMIT = 600.0
#: Seconds after which it parses an unchanged DAG file again: with 30, the default, our examples keep a core busy.
PARSE_AGAIN = 3600
#: The components that run, by line. Airflow 3 needs its API server to run tasks, Airflow 2 its webserver only as UI.
COMPONENTS = {
    3: ("api-server", "dag-processor", "scheduler", "triggerer"),
    2: ("scheduler", "triggerer"),
}
DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
JOBS = {"dag-processor": "DagProcessorJob", "scheduler": "SchedulerJob", "triggerer": "TriggererJob"}


class LocalAirflow:
    """Starts, observes, disrupts and stops an Airflow.

    :param python: Interpreter of the environment that Airflow is installed in.
    :param home: Folder for everything it writes.
    :param dags: Folder with DAG files.
    :param connections: Connection id -> the connection, as ``AIRFLOW_CONN_...`` takes it; stored as an admin would.
    :param variables: Further environment variables of its processes.
    :param without: Components that it can do without: an Airflow whose tasks never wait needs no ``triggerer``.
    """

    def __init__(
        self,
        python: Path,
        home: Path,
        dags: Path,
        *,
        connections: Mapping[str, Mapping[str, object]] | None = None,
        variables: Mapping[str, str] | None = None,
        without: Iterable[str] = (),
    ) -> None:
        self.python = python
        self.home = home
        self.metadata = Metadata(home / "airflow.db")
        self.port = free_port()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._login: tuple[str, str] | None = None
        self.line = int(self._version().split(".")[0])
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))}
        self.environment = {**inherited, **self._settings(dags), **(variables or {})}
        self._connections = dict(connections or {})
        self._components = [component for component in COMPONENTS[self.line] if component not in set(without)]

    @property
    def url(self) -> str:
        """Address of the UI."""
        return f"http://127.0.0.1:{self.port}"

    def _version(self) -> str:
        code = "from importlib.metadata import version; print(version('apache-airflow'))"
        done = subprocess.run([str(self.python), "-c", code], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def _settings(self, dags: Path) -> dict[str, str]:
        settings = {
            "AIRFLOW_HOME": self.home,
            # One process writes at a time; after the default of 5 s, "database is locked" ends even a triggerer.
            DATABASE: f"sqlite:///{self.home}/airflow.db?timeout=30",
            "AIRFLOW__CORE__DAGS_FOLDER": dags,
            "AIRFLOW__CORE__LOAD_EXAMPLES": False,
            # A DAG with a schedule must not run by itself; "trigger" unpauses the DAG to run.
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": True,
            "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
            "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": free_port(),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": free_port(),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": 1,
            "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": False,
            # Seconds after which another triggerer takes over the waits of one that was killed.
            "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": 10,
            "PYTHONWARNINGS": "ignore",
            "PYTHONPATH": "",
            # Where Airflow 2's executor looks up "airflow" for each task, and "command" for each command.
            "PATH": f"{self.python.parent}{os.pathsep}{os.environ['PATH']}",
        }
        return {name: str(value) for name, value in {**settings, **self._line_settings()}.items()}

    def _line_settings(self) -> dict[str, object]:
        if self.line == 2:
            # SQLite allows one writer: Airflow 2 runs one task at a time with it.
            return {
                "AIRFLOW__CORE__EXECUTOR": "SequentialExecutor",
                "AIRFLOW__SCHEDULER__DAG_DIR_LIST_INTERVAL": 5,
                "AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL": PARSE_AGAIN,
                "AIRFLOW__WEBSERVER__WEB_SERVER_HOST": "127.0.0.1",
                "AIRFLOW__WEBSERVER__WEB_SERVER_PORT": self.port,
                "AIRFLOW__WEBSERVER__BASE_URL": self.url,
                "AIRFLOW__WEBSERVER__SECRET_KEY": secrets.token_hex(16),
                "AIRFLOW__WEBSERVER__WORKERS": 1,
                "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.session,airflow.api.auth.backend.basic_auth",
            }
        simple = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
        return {
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": 4,
            "AIRFLOW__CORE__AUTH_MANAGER": simple,
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": True,
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{self.port}/execution/",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": self.port,
            "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{self.port}",
            "AIRFLOW__API__WORKERS": 1,
            "AIRFLOW__API__SECRET_KEY": secrets.token_hex(16),
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": 5,
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": PARSE_AGAIN,
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": 2,
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": 20,
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": 2,
        }

    def __enter__(self) -> LocalAirflow:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Create the metadata database and start every component; return when all are running."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.command("db", "migrate")
        if self._connections:
            self.store_connections(self._connections)
        for component in self._components:
            self.start_component(component)
        self.wait_until(self._at_work, LIMIT, "Airflow did not start")

    def store_connections(self, connections: Mapping[str, Mapping[str, object]]) -> None:
        """Store connections, or replace them, without their secrets in any command line, which Airflow stores, too.

        :param connections: Connection id -> the connection, as ``AIRFLOW_CONN_...`` takes it.
        """
        self._import("connections", connections, "--overwrite")

    def store_variables(self, variables: Mapping[str, str]) -> None:
        """Store variables in the same way, or replace them.

        :param variables: Values by key.
        """
        self._import("variables", variables)

    def _import(self, kind: str, objects: Mapping[str, object], *options: str) -> None:
        path = self.home / f"{kind}.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(objects))
        self.command(kind, "import", *options, str(path))
        path.unlink()  # it holds secrets

    def start_component(self, component: str) -> None:
        """Start one component in its own session.

        :param component: For example ``triggerer``.
        """
        environment = dict(self.environment)
        if component == "api-server":  # its own threads may wait for each other; it can send an error and go on
            environment[DATABASE] = environment[DATABASE].partition("?")[0]
        with (self.home / f"{component}.log").open("ab") as log:
            self._processes[component] = subprocess.Popen(
                [str(self.python), "-m", "airflow", component],
                env=environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def open_ui(self) -> str:
        """Return the address of the UI, which needs no login; start Airflow 2's webserver if it is not running."""
        if self.line == 2 and "webserver" not in self._processes:
            (self.home / "webserver_config.py").write_text('AUTH_ROLE_PUBLIC = "Admin"\n')
            self.start_component("webserver")
            self.wait_until(lambda: is_open(self.port), LIMIT, "Airflow's webserver did not start")
        return self.url

    def open_api(self) -> tuple[str, str] | None:
        """Let the REST API be used; returns the login that it takes, if it needs one.

        Airflow 2's webserver is started for it if it is not running, and gets a user with a password.
        """
        if self.line == 2 and self._login is None:
            name, password = "admin", secrets.token_hex(8)
            about = ["--role", "Admin", "--firstname", "A", "--lastname", "B", "--email", "admin@example.com"]
            self.command("users", "create", "--username", name, "--password", password, *about)
            self.open_ui()
            self._login = (name, password)
        return self._login

    def _at_work(self) -> bool:
        for component, process in self._processes.items():
            if process.poll() is not None:
                raise RuntimeError(f"{component} exited at startup:\n{self.component_log(component)[-2000:]}")
        wanted = {job for component, job in JOBS.items() if component in self._processes}
        return wanted <= self.metadata.running_jobs() and (self.line == 2 or is_open(self.port))

    def kill(self, component: str) -> None:
        """Kill a component and all its children at once, as a failing machine does.

        :param component: For example ``triggerer``.
        """
        process = self._processes.pop(component)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_task(self, dag_id: str, run_id: str, task_id: str) -> None:
        """Kill the process of a running task at once; returns when Airflow has noticed.

        :param dag_id: The DAG.
        :param run_id: The run.
        :param task_id: The task.
        """
        killed = self.metadata.tasks(dag_id, run_id)[task_id]
        if killed.state != "running" or killed.pid is None:
            raise RuntimeError(f"{dag_id}.{task_id} does not run in a worker: {killed}")
        os.kill(killed.pid, signal.SIGKILL)

        def noticed() -> bool:
            task = self.metadata.tasks(dag_id, run_id)[task_id]
            return task.state != "running" or task.try_number > killed.try_number

        self.wait_until(noticed, LIMIT, f"the killed task {dag_id}.{task_id} was not noticed")

    def stop(self) -> None:
        """Stop every component, gently first."""
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + 15
        for process in self._processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
            # Child processes that the component left behind.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes.clear()

    def command(self, *arguments: str) -> str:
        """Run an ``airflow`` command; return its output.

        :param arguments: The command and its options.
        """
        done = subprocess.run(
            ["airflow", *arguments],
            env=self.environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"airflow {' '.join(arguments)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def trigger(self, dag_id: str, run_id: str | None = None, conf: Mapping[str, object] | None = None) -> str:
        """Start a DAG run as soon as Airflow has parsed the DAG; return its id.

        :param dag_id: The DAG.
        :param run_id: Default: a generated id.
        :param conf: The run's configuration.
        """
        run_id = run_id or f"run-{secrets.token_hex(4)}"
        self.wait_until(lambda: self.metadata.knows(dag_id), LIMIT, f"{dag_id} did not appear in the DAGs folder")
        if self.line == 2:
            self.command("dags", "unpause", dag_id, "--yes")
            self.command("dags", "trigger", dag_id, "--run-id", run_id, "--conf", json.dumps(conf or {}))
        else:
            rest = Rest(self.url)
            self.wait_until(lambda: rest.unpause(dag_id), LIMIT, f"{dag_id} was not unpaused")
            self.wait_until(lambda: rest.start(dag_id, run_id, conf), LIMIT, f"{dag_id} was not started")
        return run_id

    def finish(self, dag_id: str, run_id: str, timeout: float = LIMIT) -> str:
        """Wait for a DAG run to end; return its state.

        :param dag_id: The DAG.
        :param run_id: The run.
        :param timeout: Seconds.
        """

        def ended() -> bool:
            return self.metadata.run_state(dag_id, run_id) in {"success", "failed"}

        self.wait_until(ended, timeout, f"{dag_id} {run_id} did not finish")
        return self.metadata.run_state(dag_id, run_id)

    def wait_until(self, happened: Callable[[], bool], timeout: float, otherwise: str) -> None:
        """Wait until a condition is true.

        :param happened: Returns whether the condition is true.
        :param timeout: Seconds.
        :param otherwise: Start of the error message if it does not become true in time.
        """

        def message() -> str:
            logs = "".join(f"\n--- {name}\n{self.component_log(name)[-1500:]}" for name in self._processes)
            return f"{otherwise} within {timeout:.0f} s.{logs}"

        wait_until(happened, timeout, message)

    def component_log(self, component: str) -> str:
        """Return what a component printed.

        :param component: For example ``triggerer``.
        """
        path = self.home / f"{component}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def task_log(self, dag_id: str, run_id: str, task_id: str) -> str:
        """Return the log of a task: all attempts, including the triggerer's part.

        :param dag_id: The DAG.
        :param run_id: The run.
        :param task_id: The task.
        """
        folder = self.home / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}"
        return "\n".join(path.read_text(errors="replace") for path in sorted(folder.rglob("*")) if path.is_file())
