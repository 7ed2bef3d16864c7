"""The access report of a large Organization: its API calls, the rate of its calls, and its memory."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from astro_provider.client import AstroClient
from astro_provider.emulator import Emulator
from astro_provider.lookup.own_token import check_sees_everything
from astro_provider.operators.access import report
from astro_provider.rules.access_report import Limits, findings, rows

USERS, TEAMS, TOKENS, MEMBERS = 2000, 200, 1000, 25


def fill(astro: Emulator) -> None:
    """Add the people, the Teams and the tokens."""
    place = {"workspaceId": astro.workspace_id, "role": "WORKSPACE_AUTHOR"}
    users = [astro.add_user(f"user{number}@example.com", workspaceRoles=[place]) for number in range(USERS - 1)]
    for number in range(TEAMS):
        astro.add_team(f"team {number}", [users[(number * 7 + step) % len(users)] for step in range(MEMBERS)])
    for number in range(TOKENS - 1):
        astro.issue_token("WORKSPACE_MEMBER", name=f"token {number}")


def main() -> None:
    """Print the table."""
    with Emulator(progress="immediately") as astro, TemporaryDirectory() as folder:
        fill(astro)
        astro.clear_requests()
        with AstroClient(astro.token, url=astro.url) as client:
            client.workspaces.list()
            astro.clear_requests()
            tracemalloc.start()
            began = perf_counter()
            check_sees_everything(client, "The report")
            directory = report._read(client, ("users", "teams", "api_tokens"))
            read, after_reading = perf_counter() - began, tracemalloc.get_traced_memory()[0]
            limits = Limits(datetime.now(timezone.utc), timedelta(days=30), timedelta(days=90))
            tracemalloc.reset_peak()
            count, _ = report._write(str(Path(folder) / "access.csv"), rows(directory, limits), "csv")
            findings(directory, limits)
            peak = tracemalloc.get_traced_memory()[1] - after_reading
        seconds = Counter(int(request.at) for request in astro.requests)
        print(f"{USERS} users, {TEAMS} Teams of {MEMBERS}, {TOKENS} tokens: {count} rows")
        print(f"calls {len(astro.requests)}, most in one second {max(seconds.values())}, reading {read:.1f} s")
        print(f"memory: {after_reading / 2**20:.1f} MB for what was read, {peak / 2**20:.1f} MB more while writing")


if __name__ == "__main__":
    main()
