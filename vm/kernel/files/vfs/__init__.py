"""The file system: inodes in memory over folders of the host that are never written, and the paths that name them."""

from vm.kernel.files.vfs.content import Content, Given, Room
from vm.kernel.files.vfs.directories import Directory
from vm.kernel.files.vfs.inodes import Access, Fifo, File, FileSystem, Inode, Special, SymbolicLink, User
from vm.kernel.files.vfs.pages import MappedFile
from vm.kernel.files.vfs.tree import Found, Last, Tree

__all__ = [
    "Access",
    "Content",
    "Directory",
    "Fifo",
    "File",
    "FileSystem",
    "Found",
    "Given",
    "Inode",
    "Last",
    "MappedFile",
    "Room",
    "Special",
    "SymbolicLink",
    "Tree",
    "User",
]
