"""Where what can be made again is kept: compiled machine code, translations, compiled C. All of it works without.

What is read from there is run, so it must be what this program wrote. Folders and files are used only if they are this
user's and nobody else can write to them (:mod:`vm.cache.places`, which also says who else is trusted); and every file
is sealed with a digest of its name and its content, so that a damaged, cut or misplaced one counts as none, and is
made again (:mod:`vm.cache.sealed`). All together they are bounded (:mod:`vm.cache.bound`).
"""

from __future__ import annotations

from vm.cache.places import cache_directory, closed_directories, is_private, is_trusted, refusals, shared_directory
from vm.cache.sealed import is_kept, keep_file, read_sealed, unfinished, write_sealed

__all__ = [
    "cache_directory", "closed_directories", "is_kept", "is_private", "is_trusted", "keep_file", "read_sealed",
    "refusals", "shared_directory", "unfinished", "write_sealed",
]  # fmt: skip
