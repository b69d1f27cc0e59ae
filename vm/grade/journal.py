"""The journal of a grading: what was finished is on the disk, so that a grader who dies goes on where it was.

It has a line of JSON for each submission that was graded. A line counts only with its digest, and for what it depends
on: one that was being written when somebody died is none.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from vm.grade.reports.plain import verdict_from_json, verdict_to_json
from vm.grade.verdict import Verdict
from vm.version import VERSION
from vm.writing import sync_folder

FORMAT_VERSION = 1
"""The version of a line."""
JOURNAL = "journal.jsonl"
"""The name of the journal in the folder that somebody gave."""


class JournalFailed(Exception):
    """The journal cannot be kept; the text says why, and what to do."""


class Journal:
    """The journal in a folder, which nobody else writes to; :func:`open_journal` opens it.

    ``remarks`` say what of it could not be used.
    """

    def __init__(self, folder: Path, handle: int, lab_digest: str, seed: int) -> None:
        self._folder = folder
        self._handle = handle
        self._depends = [FORMAT_VERSION, VERSION, lab_digest, seed]
        self._entries: dict[str, Verdict] = {}
        self._size = 0
        self.remarks: list[str] = []

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, name: str, digest: str) -> Verdict | None:
        """What was found of a submission with this name and digest, if it is finished."""
        return self._entries.get(self._key(name, digest))

    def add(self, name: str, digest: str, verdict: Verdict) -> None:
        """Note that a submission is graded; it lasts from then on.

        Raises JournalFailed where it cannot be written; what is in the journal stays.
        """
        key = self._key(name, digest)
        record = {"format": FORMAT_VERSION, "key": key, "name": name, "verdict": verdict_to_json(verdict)}
        try:
            self._append(_line(record))
        except OSError as error:
            raise self._failed(error) from None
        self._entries[key] = verdict

    def read(self) -> None:
        """Read what is finished, and cut off what was being written when somebody died. Raises OSError."""
        with open(self._handle, "rb", closefd=False) as file:
            file.seek(0)
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    self.remarks.append(f"line {number} of {JOURNAL} was not written to its end, and is dropped")
                    break
                self._size += len(line)
                try:
                    self._take(line)
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                    self.remarks.append(f"line {number} of {JOURNAL} is damaged, and is not used")
        os.ftruncate(self._handle, self._size)

    def clear(self) -> None:
        """Begin anew. Raises OSError."""
        os.ftruncate(self._handle, 0)

    def _take(self, line: bytes) -> None:
        """Take in a line. Raises ValueError and others for a damaged one.

        Where it depends on something else its key is one that nobody asks for.
        """
        record: dict[str, Any] = json.loads(line)
        if line != _line({key: value for key, value in record.items() if key != "digest"}):
            raise ValueError("it is not what was written")
        if record["format"] == FORMAT_VERSION:
            self._entries.setdefault(record["key"], verdict_from_json(record["verdict"]))

    def _append(self, line: bytes) -> None:
        try:
            written = 0
            while written < len(line):
                written += os.write(self._handle, line[written:])
            os.fsync(self._handle)
        except OSError:
            os.ftruncate(self._handle, self._size)
            raise
        self._size += len(line)

    def _key(self, name: str, digest: str) -> str:
        return sha256(_text([*self._depends, name, digest])).hexdigest()

    def _failed(self, error: OSError) -> JournalFailed:
        done = f"{len(self)} finished submissions stay: make room, and go on with --resume"
        return JournalFailed(f"cannot write to {self._folder}: {error.strerror or error}; the {done}")


@contextmanager
def open_journal(folder: Path, lab_digest: str, seed: int, *, resume: bool) -> Iterator[Journal]:
    """Give the journal in ``folder``, which is made if it is not there; not ``resume``: an older one is begun anew.

    It holds for the lab of that digest, and ``seed``. Raises JournalFailed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / JOURNAL, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise JournalFailed(f"cannot write to {folder}: {error.strerror or error}") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JournalFailed(f"somebody else is grading into {folder}: wait, or give another folder") from None
        journal = Journal(folder, handle, lab_digest, seed)
        try:
            journal.read() if resume else journal.clear()
            sync_folder(folder)
        except OSError as error:
            raise JournalFailed(f"cannot use {folder / JOURNAL}: {error.strerror or error}") from None
        yield journal
    finally:
        os.close(handle)


def _line(record: Mapping[str, object]) -> bytes:
    """A record with its digest, which is the last that is written."""
    return _text({**record, "digest": sha256(_text(record)).hexdigest()}) + b"\n"


def _text(value: object) -> bytes:
    return json.dumps(value, sort_keys=False, separators=(",", ":")).encode()
