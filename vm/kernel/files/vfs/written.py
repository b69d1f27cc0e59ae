"""What programs have written into a tree: the files, directories and links that are not as the host had them."""

from __future__ import annotations

from collections.abc import Iterator

from vm.abi import PATH_LIMIT
from vm.kernel.files.vfs.directories import Directory
from vm.kernel.files.vfs.inodes import File, Inode
from vm.kernel.files.vfs.tree import Tree, covered_by
from vm.values import dataclass

_NOT_FILES = ("proc", "devtmpfs")
"""Kinds of file systems in which nothing is written for good."""

Identity = tuple[int, int]
"""The numbers of a file system and of an inode in it."""


@dataclass(frozen=True, slots=True)
class Written:
    """Something that a program wrote: its absolute path, and what it is."""

    path: bytes
    inode: Inode


def identity(inode: Inode) -> Identity:
    """Return what names an inode among all."""
    return inode.filesystem.device, inode.number


def everything_met(tree: Tree) -> frozenset[Identity]:
    """Every inode that somebody has met or made by now."""
    found: set[Identity] = set()
    todo: list[Inode] = [tree.root]
    while todo:
        inode = todo.pop()
        if identity(inode) not in found:
            found.add(identity(inode))
            todo += inode.met if isinstance(inode, Directory) else []
    return frozenset(found)


def written(tree: Tree, before: frozenset[Identity]) -> Iterator[Written]:
    """Return what programs wrote, each directory before what is in it, in the order of names.

    ``before``: what there was when they began. What has been removed is not told, nor a change of permissions alone,
    nor what only a path of PATH_LIMIT bytes or more would name.
    """
    todo: list[tuple[Directory, bytes]] = [(covered_by(tree.root), b"")]
    while todo:
        directory, path = todo.pop()
        inner: list[tuple[Directory, bytes]] = []
        for name, inode, is_made in directory.known():
            here = path + b"/" + name
            if len(here) >= PATH_LIMIT:
                continue
            is_new = is_made and identity(inode) not in before
            if isinstance(inode, Directory):
                top = covered_by(inode)
                if top.filesystem.kind in _NOT_FILES:
                    continue
                inner.append((top, here))
            if is_new or (isinstance(inode, File) and inode.content.is_written):
                yield Written(here, inode)
        todo += reversed(inner)
