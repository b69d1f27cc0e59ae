"""Labs for tests: a folder with a file with tests, and some files beside it."""

from __future__ import annotations

from pathlib import Path

HEAD = """\
forklore = 1
reference = "reference"
[programs.tree]
source = "tree.c"
"""
"""What a lab begins with; four lines."""
FILES = {
    "reference/tree.c": b"int main(void) { return 0; }\n", "words.txt": b"one\ntwo\n", "in/deep.txt": b"deep\n",
    "bytes": b"\xff\0", "helper.c": b"int main(void) { return 0; }\n", "open.txt": b"{a|b",
}  # fmt: skip
"""What lies beside it."""


def write_lab(folder: Path, text: str | bytes, name: str = "lab.toml") -> Path:
    """Write a lab with its files; the path of the file with tests."""
    for path, data in FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    outside = folder.parent / f"{folder.name}-outside"
    outside.mkdir(exist_ok=True)
    (outside / "secret.txt").write_bytes(b"secret\n")
    for link, target in (("link", outside / "secret.txt"), ("links", outside), ("circle", folder / "circle")):
        if not (folder / link).is_symlink():
            (folder / link).symlink_to(target)
    if not (folder / "huge").exists():
        with open(folder / "huge", "wb") as huge:
            huge.truncate((16 << 20) + 1)
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file
