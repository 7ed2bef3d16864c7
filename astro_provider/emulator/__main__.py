"""``python -m astro_provider.emulator``: the emulator as a program."""

from __future__ import annotations

import argparse
import json
import logging
import re
import signal
import sqlite3
import sys
import threading

from astro_provider.emulator.core.problems import unknown
from astro_provider.emulator.core.progress import Progress
from astro_provider.emulator.emulator import Emulator
from astro_provider.emulator.state import VARIANTS


def main() -> int:
    """Serve until told to stop; returns the exit code."""
    parser = _parser()
    options = _options(parser)
    try:
        emulator = Emulator(
            options.port,
            options.progress,
            options.latency,
            options.database,
            quiet=options.quiet,
            rate_limit=options.rate_limit,
            take_unlisted=options.take_unlisted,
            upload_port=options.upload_port,
            registry=options.registry,
            variants=options.variant,
        )
    except sqlite3.Error as error:
        parser.error(f"argument --database: {options.database!r} cannot be used as an SQLite file: {error}")
    for names, *place in options.airflow:
        _bind(parser, emulator, names, place)
    if options.show_connection or options.show_token:
        print(emulator.token if options.show_token else json.dumps(emulator.connection()))
        return 0
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    told_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told_to_stop.set())
    try:
        emulator.start()
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        ports = f"127.0.0.1:{options.port}" + (f" or 127.0.0.1:{options.upload_port}" if options.upload_port else "")
        with_option = "--port or --upload-port" if options.upload_port else "--port"
        print(f"{ports} cannot be used: {error.strerror}. Choose another port with {with_option}.", file=sys.stderr)
        return 1
    print(f"Astro API emulator at {emulator.url}, Organization {emulator.organization_id}.")
    print(f"Pages for a browser; the links of tasks lead there: http://{emulator.address}/")
    print(f"Its Airflow connection: python -m astro_provider.emulator --port {emulator.port} --show-connection")
    sys.stdout.flush()
    told_to_stop.wait()
    emulator.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m astro_provider.emulator", description=__doc__)
    parser.add_argument("--port", type=_port, default=8899, help="TCP port on 127.0.0.1 (default: 8899)")
    parser.add_argument(
        "--progress",
        type=_progress,
        default="seconds:5",
        help="how statuses advance: immediately, reads:N or seconds:S for each step (default: seconds:5)",
    )
    parser.add_argument("--latency", type=_seconds, default=0.0, metavar="S", help="seconds before each response")
    parser.add_argument("--database", metavar="FILE", help="SQLite file that stores the state across restarts")
    parser.add_argument("--rate-limit", action="store_true", help="enforce the API's rate limits")
    parser.add_argument(
        "--take-unlisted",
        action="store_true",
        help="accept regions and Astro Runtime versions that the emulator does not list",
    )
    parser.add_argument(
        "--upload-port", type=_port, default=0, help="TCP port of the upload store (default: a free one)"
    )
    parser.add_argument("--registry", type=_registry, metavar="HOST:PORT", help="image registry for images of deploys")
    parser.add_argument(
        "--variant",
        choices=sorted(VARIANTS),
        action="append",
        default=[],
        help="change a behavior that Astro does not document; see the docs",
    )
    parser.add_argument(
        "--airflow",
        action="append",
        default=[],
        nargs="+",
        metavar=("NAMES URL", "DAGS_FOLDER"),
        help="a real Airflow for the Deployments whose names match NAMES (such as ephemeral-*); can be repeated",
    )
    parser.add_argument("--quiet", action="store_true", help="do not print a line for each call")
    parser.add_argument("--show-token", action="store_true", help="print the API token, for use as ASTRO_API_TOKEN")
    parser.add_argument("--show-connection", action="store_true", help="print the Airflow connection and its token")
    return parser


def _bind(parser: argparse.ArgumentParser, emulator: Emulator, names: str, place: list[str]) -> None:
    if not 1 <= len(place) <= 2:
        parser.error(
            "argument --airflow: needs NAMES URL and, if deployed code should be unpacked there, its DAGS_FOLDER"
        )
    try:
        emulator.bind_airflow(names, place[0], dags_folder=place[1] if len(place) == 2 else None)
    except ValueError as error:
        parser.error(f"argument --airflow: {error}")


def _options(parser: argparse.ArgumentParser) -> argparse.Namespace:
    options, strange = parser.parse_known_args()
    for argument in strange:
        if argument.startswith("--"):
            known = ["--help", *(f"--{name.replace('_', '-')}" for name in vars(options))]
            parser.error(unknown("option", argument.partition("=")[0], known))
    if strange:
        parser.error(f"unrecognized arguments: {' '.join(strange)}")
    return options


def _port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a TCP port; allowed: 0 (a free one) to 65535")
    return int(text)


def _registry(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the address of a registry; allowed: HOST or HOST:PORT")
    return text


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]*\.?[0-9]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds; allowed: 0 or more, such as 0.2")
    return float(text)


def _progress(text: str) -> str:
    try:
        Progress(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


if __name__ == "__main__":
    sys.exit(main())
