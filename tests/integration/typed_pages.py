"""Pages of the docs as a reader follows them: files to save, commands to type, and the output that they show."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from astro_provider.emulator import Emulator

BLOCK = re.compile(
    r"^(?P<fails><!-- fails -->\n)?```(?:\{literalinclude\} )?(?P<what>[^\n]+)\n(?P<content>.*?)^```$", re.DOTALL | re.M
)


def missing(shown: str, output: str) -> list[str]:
    """Return the lines that a page shows and that are not in the output; ``…`` stands for anything.

    :param shown: A block of the page.
    :param output: What a command printed.
    """
    patterns = {line: re.escape(line).replace("…", ".*") for line in shown.splitlines() if line}
    return [line for line, pattern in patterns.items() if not re.search(pattern, output)]


class Reader:
    """Somebody who does what a page says.

    :param astro: The emulator that runs in the other terminal.
    :param home: The home folder, new.
    :param programs: A folder with the ``airflow`` that is installed.
    """

    def __init__(self, astro: Emulator, home: Path, programs: Path) -> None:
        self.astro = astro
        self.dags = home / "airflow" / "dags"
        self.dags.mkdir(parents=True)
        self.typed: list[str] = []
        self._environment = {
            **os.environ,
            "HOME": str(home),
            "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW_CONN_ASTRO_DEFAULT": json.dumps(astro.connection()),
        }

    def follow(self, page: Path) -> None:
        """Save each file, type each command, and compare the output with what the page shows.

        :param page: The page.
        """
        output = ""
        for block in BLOCK.finditer(page.read_text()):
            what, content = block["what"], block["content"]
            if what == "console":
                output = self.type(content, fails=bool(block["fails"]))
            elif what == "text":
                assert missing(content, output) == [], output[-6000:]
            elif caption := re.search(r"^:caption: (\S+)$", content, re.M):
                saved = self.dags / caption[1]
                saved.parent.mkdir(parents=True, exist_ok=True)
                saved.write_text((page.parent / what).read_text())

    def type(self, commands: str, *, fails: bool = False) -> str:
        """Run commands in the folder of DAGs; return what they print.

        :param commands: One or more lines.
        :param fails: The last one fails.
        """
        self.typed += commands.splitlines()
        script = f"set -e\n{commands.replace('8899', str(self.astro.port))}"
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.dags, env=self._environment, capture_output=True, text=True
        )
        output = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, output[-6000:]
        return output
