"""What changes a tree: make, name, rename and remove files, with Linux's checks in Linux's order (fs/namei.c).

Every operation changes either nothing, with a SystemCallError, or everything it is asked to.
"""

from __future__ import annotations

import stat

from vm.abi import Errno, RenameFlag
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs.content import BLOCK
from vm.kernel.files.vfs.directories import Directory
from vm.kernel.files.vfs.inodes import (
    INODE_SIZE,
    Access,
    Fifo,
    File,
    FileSystem,
    Inode,
    Special,
    SymbolicLink,
    User,
    check_links,
)
from vm.kernel.files.vfs.tree import Found, Last


def place_for(found: Found, who: User, *, directory: bool = False) -> None:
    """May ``who`` make a file where ``found`` points? SystemCallError; slashes behind the name ask for a directory."""
    if found.inode is not None:
        raise SystemCallError(Errno.EEXIST)
    if found.slash and not directory:
        raise SystemCallError(Errno.ENOENT)
    check_creation(found.directory, who)


def check_creation(directory: Directory, who: User) -> None:
    """May ``who`` put a new name into ``directory``?"""
    if directory.is_gone:
        raise SystemCallError(Errno.ENOENT)
    directory.demand(who, Access.WRITE | Access.EXECUTE)
    if directory.is_fixed:
        raise SystemCallError(Errno.EPERM)


def check_removal(directory: Directory, inode: Inode, who: User, *, as_directory: bool) -> None:
    """May ``who`` take the name of ``inode`` out of ``directory``, as a directory or as anything else?"""
    directory.demand(who, Access.WRITE | Access.EXECUTE)
    if directory.is_fixed:
        raise SystemCallError(Errno.EPERM)
    if directory.mode & stat.S_ISVTX and not (inode.is_owned_by(who) or directory.is_owned_by(who)):
        raise SystemCallError(Errno.EPERM)
    if isinstance(inode, Directory):
        if not as_directory:
            raise SystemCallError(Errno.EISDIR)
        if inode.is_top:
            raise SystemCallError(Errno.EBUSY)
    elif as_directory:
        raise SystemCallError(Errno.ENOTDIR)


def owner_in(directory: Directory, who: User) -> User:
    """Return who owns what ``who`` makes there: the directory's group with its set-group-ID bit (inode(7))."""
    return User(who.uid, directory.gid if directory.mode & stat.S_ISGID else who.gid, who.groups)


def _adopt(found: Found, inode: Inode, extra: int = 0) -> None:
    """Charge for a new inode and enter it; SystemCallError(ENOSPC) leaves nothing."""
    room = inode.filesystem.room
    room.take(INODE_SIZE + extra)
    try:
        found.directory.enter(found.name, inode)
    except SystemCallError:
        room.give(INODE_SIZE + extra)
        raise
    inode.charge = INODE_SIZE + extra


def make_file(found: Found, mode: int, who: User) -> File:
    """Make an empty regular file; the umask is already applied to ``mode``."""
    directory = found.directory
    owner = owner_in(directory, who)
    if directory.mode & stat.S_ISGID and mode & stat.S_IXGRP and not (who.is_privileged or who.is_member(owner.gid)):
        mode &= ~stat.S_ISGID
    file = File(directory.filesystem, mode, owner)
    _adopt(found, file)
    return file


def make_directory(found: Found, mode: int, who: User) -> Directory:
    """mkdir(2)."""
    place_for(found, who, directory=True)
    parent = found.directory
    mode = mode & 0o1777 | parent.mode & stat.S_ISGID
    check_links(parent)
    directory = Directory(parent.filesystem, mode, owner_in(parent, who), parent, found.name)
    _adopt(found, directory)
    return directory


def make_link(found: Found, target: bytes, who: User) -> None:
    """symlink(2)."""
    place_for(found, who)
    directory = found.directory
    _adopt(found, SymbolicLink(directory.filesystem, target, owner_in(directory, who)), len(target))


def make_node(found: Found, mode: int, device: int, who: User) -> None:
    """mknod(2). Devices are for root alone."""
    place_for(found, who)
    directory, kind = found.directory, stat.S_IFMT(mode)
    owner = owner_in(directory, who)
    if kind in (0, stat.S_IFREG):
        make_file(found, mode, who)
    elif kind == stat.S_IFIFO:
        _adopt(found, Fifo(directory.filesystem, mode, owner))
    elif kind == stat.S_IFSOCK:
        _adopt(found, Special(directory.filesystem, mode, owner))
    elif not who.is_privileged:
        raise SystemCallError(Errno.EPERM)
    else:
        _adopt(found, Special(directory.filesystem, mode, owner, device))


def link(inode: Inode, found: Found, who: User) -> None:
    """link(2): another name for ``inode``."""
    if found.inode is not None:
        raise SystemCallError(Errno.EEXIST)
    if found.slash:
        raise SystemCallError(Errno.ENOENT)
    directory = found.directory
    if inode.filesystem is not directory.filesystem:
        raise SystemCallError(Errno.EXDEV)
    if not (inode.is_owned_by(who) or is_safe_to_link(inode, who)):
        raise SystemCallError(Errno.EPERM)
    check_creation(directory, who)
    if isinstance(inode, Directory):
        raise SystemCallError(Errno.EPERM)
    if inode.links == 0:
        raise SystemCallError(Errno.ENOENT)
    check_links(inode)
    directory.enter(found.name, inode)
    inode.links += 1
    inode.touch()


def is_safe_to_link(inode: Inode, who: User) -> bool:
    """May somebody else than the owner make a link to it (proc(5), protected_hardlinks, which all systems set)?"""
    group_bits = stat.S_ISGID | stat.S_IXGRP
    gives_ids = inode.mode & stat.S_ISUID or inode.mode & group_bits == group_bits
    return isinstance(inode, File) and not gives_ids and inode.permits(who, Access.READ | Access.WRITE)


def unlink(found: Found, who: User) -> None:
    """unlink(2)."""
    if found.last is not Last.NAME:
        raise SystemCallError(Errno.EISDIR)
    if found.inode is None:
        raise SystemCallError(Errno.ENOENT)
    if found.slash:
        raise SystemCallError(Errno.EISDIR if isinstance(found.inode, Directory) else Errno.ENOTDIR)
    check_removal(found.directory, found.inode, who, as_directory=False)
    found.directory.remove(found.name).unlinked()


def remove_directory(found: Found, who: User) -> None:
    """rmdir(2)."""
    refused = {Last.DOTDOT: Errno.ENOTEMPTY, Last.DOT: Errno.EINVAL, Last.ROOT: Errno.EBUSY}.get(found.last)
    if refused is not None:
        raise SystemCallError(refused)
    victim = found.inode
    if victim is None:
        raise SystemCallError(Errno.ENOENT)
    check_removal(found.directory, victim, who, as_directory=True)
    assert isinstance(victim, Directory)
    if not victim.is_empty:
        raise SystemCallError(Errno.ENOTEMPTY)
    found.directory.remove(found.name)
    bury(victim)


def bury(directory: Directory) -> None:
    """Take leave of an empty directory that has lost its name."""
    directory.is_gone = True
    directory.links = 1
    directory.unlinked()


def rename(old: Found, new: Found, flags: int, who: User) -> None:
    """renameat2(2), of names that are not looked up yet: both folders have to be found first."""
    exchange = bool(flags & RenameFlag.RENAME_EXCHANGE)
    old, new = _look_up_names(old, new, flags)
    moved, replaced = _check_rename_paths(old, new, flags)
    if moved is replaced:
        return
    check_removal(old.directory, moved, who, as_directory=isinstance(moved, Directory))
    if replaced is None:
        check_creation(new.directory, who)
    elif exchange:
        check_removal(new.directory, replaced, who, as_directory=isinstance(replaced, Directory))
    else:
        check_removal(new.directory, replaced, who, as_directory=isinstance(moved, Directory))
    if old.directory is not new.directory:
        for inode in (moved, replaced) if exchange else (moved,):
            if isinstance(inode, Directory):
                inode.demand(who, Access.WRITE)
    if isinstance(replaced, Directory) and not exchange and not replaced.is_empty:
        raise SystemCallError(Errno.ENOTEMPTY)
    # Paying for names is what can fail, and comes first.
    new.directory.reserve(new.name)
    if exchange:
        assert replaced is not None
        old.directory.reserve(old.name)
        old.directory.enter(old.name, replaced)
        replaced.touch()
    else:
        old.directory.remove(old.name)
    new.directory.enter(new.name, moved)
    moved.touch()
    if replaced is not None and not exchange:
        if isinstance(replaced, Directory):
            bury(replaced)
        else:
            replaced.unlinked()


def _look_up_names(old: Found, new: Found, flags: int) -> tuple[Found, Found]:
    """Return the names of a rename with their inodes, the old one of which exists."""
    keep = flags & RenameFlag.RENAME_NOREPLACE
    if old.directory.filesystem is not new.directory.filesystem:
        raise SystemCallError(Errno.EXDEV)
    if old.last is not Last.NAME:
        raise SystemCallError(Errno.EBUSY)
    if new.last is not Last.NAME:
        raise SystemCallError(Errno.EEXIST if keep else Errno.EBUSY)
    old = old.looked_up()
    if old.inode is None:
        raise SystemCallError(Errno.ENOENT)
    new = new.looked_up()
    if new.inode is not None and keep:
        raise SystemCallError(Errno.EEXIST)
    return old, new


def _check_rename_paths(old: Found, new: Found, flags: int) -> tuple[Inode, Inode | None]:
    """Return what is renamed and what its new name has been until now, after the checks of do_renameat2."""
    exchange = flags & RenameFlag.RENAME_EXCHANGE
    moved, replaced = old.inode, new.inode
    assert moved is not None
    if exchange:
        if replaced is None:
            raise SystemCallError(Errno.ENOENT)
        if new.slash and not isinstance(replaced, Directory):
            raise SystemCallError(Errno.ENOTDIR)
    if not isinstance(moved, Directory) and (old.slash or (new.slash and not exchange)):
        raise SystemCallError(Errno.ENOTDIR)
    if isinstance(moved, Directory) and moved.contains(new.directory):
        raise SystemCallError(Errno.EINVAL)
    if isinstance(replaced, Directory) and replaced.contains(old.directory):
        raise SystemCallError(Errno.EINVAL if exchange else Errno.ENOTEMPTY)
    return moved, replaced


def set_mode(inode: Inode, mode: int, who: User) -> None:
    """chmod(2)."""
    if not inode.is_owned_by(who):
        raise SystemCallError(Errno.EPERM)
    mode &= 0o7777
    if not who.is_privileged and not who.is_member(inode.gid):
        mode &= ~stat.S_ISGID
    inode.mode = inode.kind | mode
    inode.touch()


def set_owner(inode: Inode, uid: int, gid: int, who: User) -> None:
    """chown(2); -1 (as 0xFFFFFFFF) leaves an id as it is. Only root gives files away."""
    keep = 0xFFFF_FFFF
    new_uid, new_gid = inode.uid if uid == keep else uid, inode.gid if gid == keep else gid
    if not who.is_privileged:
        if uid != keep and not (who.uid == inode.uid == new_uid):
            raise SystemCallError(Errno.EPERM)
        if gid != keep and not (who.uid == inode.uid and (who.is_member(new_gid) or new_gid == inode.gid)):
            raise SystemCallError(Errno.EPERM)
    lost = 0 if isinstance(inode, Directory) else inode.lost_privileges(who)
    if lost & inode.mode and not inode.is_owned_by(who):
        raise SystemCallError(Errno.EPERM)
    inode.uid, inode.gid = new_uid, new_gid
    inode.mode &= ~lost
    inode.touch()


def block_count(inode: Inode) -> int:
    """Blocks of 512 bytes, as stat(2) counts them."""
    return inode.allocated // 512


def file_system_blocks(filesystem: FileSystem) -> tuple[int, int]:
    """(blocks, free blocks) for statfs(2), in blocks of 4096 bytes."""
    return filesystem.room.size // BLOCK, filesystem.room.free // BLOCK
