"""Who a process is (credentials(7))."""

from __future__ import annotations

from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who a process is: real, effective and saved ids, and the supplementary groups (credentials(7)).

    ``no_new_privileges``: it has asked that no program gives it any (prctl(2), PR_SET_NO_NEW_PRIVS).
    """

    uid: int
    euid: int
    suid: int
    gid: int
    egid: int
    sgid: int
    groups: tuple[int, ...] = ()
    no_new_privileges: bool = False

    @classmethod
    def of(cls, uid: int, gid: int) -> Credentials:
        """Return those of a user whose ids are all the same."""
        return cls(uid, uid, uid, gid, gid, gid)

    @property
    def is_privileged(self) -> bool:
        """True for root, who holds every capability."""
        return self.euid == 0

    def may_signal(self, target: Credentials) -> bool:
        """Tell whether kill(2) lets a process with these ids signal ``target``."""
        return self.is_privileged or bool({self.uid, self.euid} & {target.uid, target.suid})
