"""Airflow, imported once: the commands and modules of the tests run in forks of one process.

Without it, each ``airflow dags test`` of Airflow 3 needs more than ten seconds to import Airflow and to build the API
that its tasks talk to. A command started here does the same with the same environment, arguments and folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from dev.airflow import LocalAirflow

ROOT = Path(__file__).parent.parent
#: What runs in place of ``python -m MODULE``, a program that needs no import of Airflow.
CLIENT = """\
#!{python} -IS
import json, os, socket, sys
path, arguments = sys.argv[0], sys.argv[1:]
module = arguments.pop(0) if path.endswith("/python-m") else "airflow"
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [b"."], [0, 1, 2])
    server.sendall(json.dumps([module, arguments, os.getcwd(), dict(os.environ)]).encode())
    server.shutdown(socket.SHUT_WR)
    code = server.recv(10)
sys.exit(int(code or 1))
"""


class Forks:
    """A process that has imported Airflow, and the programs that start forks of it.

    :param folder: A new folder for these programs: ``airflow``, and ``python-m`` for ``python -m``.
    :param python: Interpreter of the environment that Airflow is installed in; default: that of the tests.
    :param environment: The environment variables with which it is imported; default: those of the tests.
    """

    def __init__(
        self, folder: Path, python: Path = Path(sys.executable), environment: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.python = python
        self.environment = environment

    def __enter__(self) -> Forks:
        address = str(self.folder / "socket")
        for name in ("airflow", "python-m"):
            program = self.folder / name
            program.write_text(CLIENT.format(python=self.python, address=address))
            program.chmod(0o755)
        command = [str(self.python), "-W", "ignore", "-m", __name__, address]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"
        return self

    def __exit__(self, *error: object) -> None:
        with self._process:
            os.killpg(self._process.pid, signal.SIGTERM)

    def run(
        self, module: str, *arguments: str, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Do what ``python -m MODULE ARGUMENTS`` does in the root folder of the repository.

        :param module: The module, for example ``airflow``.
        :param arguments: Its arguments.
        :param stdin: What it reads from standard input.
        :param environment: What its environment has besides that of the tests, but no other home of Airflow.
        """
        command = [str(self.folder / "python-m"), module, *arguments]
        env = {**os.environ, **environment}
        return subprocess.run(command, cwd=ROOT, env=env, input=stdin, capture_output=True, text=True)


@contextlib.contextmanager
def commands_in_forks(airflow: LocalAirflow, folder: Path) -> Iterator[None]:
    """Let an Airflow run our commands in forks, and an Airflow 2 also its tasks: it starts ``airflow`` for each.

    The tasks of Airflow 3 run in forks of its scheduler anyway.

    :param airflow: An Airflow that has not been started.
    :param folder: A new folder.
    """
    with Forks(folder, airflow.python, airflow.environment):
        airflow.environment["PATH"] = f"{folder}{os.pathsep}{airflow.environment['PATH']}"
        yield


def serve(address: str) -> NoReturn:
    """Import Airflow, then fork for each client."""
    import_airflow()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system clears away what has ended
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        print("ready", flush=True)
        while True:
            client, _ = server.accept()
            _, files, _, _ = socket.recv_fds(client, 1, 3)
            if os.fork() == 0:
                server.close()
                answer(client, files)
            client.close()
            for file in files:
                os.close(file)


def import_airflow() -> None:
    """Import what a command imports, and build the API that the tasks of Airflow 3 talk to."""
    import airflow.__main__
    import airflow.cli.commands.dag_command  # noqa: F401
    from airflow.configuration import write_default_airflow_configuration_if_needed
    from airflow.providers.common.compat.sdk import BaseOperator  # noqa: F401

    write_default_airflow_configuration_if_needed()  # with secrets that all must share

    try:
        from airflow.sdk.execution_time.supervisor import in_process_api_server
    except ImportError:  # Airflow 2
        return
    import httpx

    api = in_process_api_server()

    async def build() -> None:
        path = f"/task-instances/{'0' * 8}-0000-0000-0000-{'0' * 12}/run"
        async with (
            api.app.router.lifespan_context(api.app),
            httpx.AsyncClient(transport=api.atransport, base_url="http://airflow") as client,
        ):
            await client.patch(path, json={})  # refused, but only by what the first request builds

    asyncio.run(build())


def answer(client: socket.socket, files: list[int]) -> NoReturn:
    """Run what a client asks for, as its process would, and tell the client how it ended."""
    code: object = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with client.makefile("rb") as asked:
            module, arguments, folder, environment = json.load(asked)
        for number, file in enumerate(files):
            os.dup2(file, number)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        if module == "airflow":
            sys.path.remove(str(ROOT))
        sys.argv = [module, *arguments]

        from airflow import settings

        settings.configure_vars()
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code or 0
        if isinstance(code, str):
            print(code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        client.sendall(str(code if isinstance(code, int) else 1).encode())
        os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1])
