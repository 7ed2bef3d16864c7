"""From bytes to text: what Windows writes, and what is no text."""

from __future__ import annotations

from pathlib import Path

import pytest

from astro_provider.deployment_file import load
from astro_provider.deployment_file.locate import decode
from astro_provider.errors import DeploymentFileError

TEXT = "deployment:\r\n  configuration:\r\n    name: Größe 😀\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_files_with_a_byte_order_mark_are_read_like_any_other(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    path = tmp_path / "f.yaml"
    path.write_bytes((mark + TEXT).encode(encoding))
    assert load(path).configuration.name == "Größe 😀"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("Größe".encode("latin-1"), "f, line 1: is not UTF-8 text: byte 0xf6 at offset 2"),
        (b"\xff\xfea\x00b", "f: starts with a UTF-16 byte-order mark, but is not UTF-16 text: see offset 4"),
        (b"\xfe\xff\xd8\x00", "f: starts with a UTF-16 byte-order mark, but is not UTF-16 text: see offset 2"),
    ],
)
def test_bytes_that_are_no_text_are_one_error(data: bytes, problem: str) -> None:
    with pytest.raises(DeploymentFileError) as caught:
        decode(data, "f")
    assert str(caught.value) == problem


def test_utf_16_without_its_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(TEXT.encode("utf-16-le"))
    with pytest.raises(DeploymentFileError, match=r"is not a text file: character U.0000|is not UTF-8 text"):
        load(path)
