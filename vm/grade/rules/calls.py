"""Rules of system calls: which have to be made, which must not, how often, in which order.

A call that fails has not been made, but for the rules that forbid it; one that is interrupted by a signal has, where
that is what it waits for.
"""

from __future__ import annotations

from collections.abc import Iterator

from vm.abi import Errno
from vm.grade.conduct import Call, Descent, Wanted
from vm.grade.rules.values import Values
from vm.grade.rules.violation import WHOM, Seen, Violation, bounds_text, evidence, times, words_text

_LIBRARY = frozenset((
    "set_tid_address", "set_robust_list", "brk", "mmap2", "munmap", "mremap", "mprotect", "madvise", "ioctl",
    "rt_sigprocmask", "gettid", "getrandom", "futex_time64", "_llseek", "sched_getaffinity",
))  # fmt: skip
"""What the C library calls by itself: to start, for memory, around fork, and before it first writes to a stream."""
_ALWAYS = frozenset(("exit", "exit_group", "rt_sigreturn", "restart_syscall"))
"""What every program calls."""
_ENDS_BY_SIGNAL = frozenset(("rt_sigsuspend", "ppoll_time64"))


def wanted(values: Values) -> Wanted:
    """Return the calls that the demands of a rule name."""
    return Wanted(
        life=True,
        calls=frozenset[str]().union(*[names for demand in values["demands"] for _, names in demand["calls"]]),
    )


def wanted_others(values: Values) -> Wanted:
    """Return all calls but those that every demand of ``only-calls`` allows."""
    allowed = [_allowed(demand) for demand in values["demands"]]
    return Wanted(life=True, others=frozenset.intersection(*allowed))


def wanted_counts(values: Values) -> Wanted:
    """Return the calls that are counted."""
    return Wanted(life=True, calls=frozenset[str]().union(*[names for _, names, _, _ in values["counts"]]))


def calls(seen: Seen, values: Values) -> Iterator[Violation]:
    """Each call is made, and succeeds, at least once."""
    for demand in values["demands"]:
        about = list(_about(seen, demand))
        done = {call.name for call in about if _is_made(call)}
        missing = [word for word, names in demand["calls"] if done.isdisjoint(names)]
        if not missing or not seen.conduct.is_over:
            continue
        seen.demand("calls", "members")
        names = frozenset[str]().union(*[names for word, names in demand["calls"] if word in missing])
        failed = [seen.told(call) for call in about if call.name in names]
        yield Violation(
            title=f"{WHOM[demand['by']]} never calls {words_text(missing, 'or')}{' with success' if failed else ''}",
            expected=f"{WHOM[demand['by']]} calls {words_text([word for word, _ in demand['calls']])}",
            came=evidence(failed) or (f"no call of {words_text(missing, 'or')}",),
            key=",".join(missing),
        )


def no_calls(seen: Seen, values: Values) -> Iterator[Violation]:
    """None of the calls is made, with success or without."""
    for demand in values["demands"]:
        found = [(word, call) for call in _about(seen, demand) for word, names in demand["calls"] if call.name in names]
        if found:
            words = list(dict.fromkeys(word for word, _ in found))
            forbidden = words_text([word for word, _ in demand["calls"]], "or")
            yield Violation(
                title=f"{WHOM[demand['by']]} calls {words_text(words)}",
                expected=f"{WHOM[demand['by']]} does not call {forbidden}",
                came=evidence(dict.fromkeys(seen.told(call) for _, call in found)),
                key=",".join(words),
            )
        else:
            seen.demand("calls", "members")


def only_calls(seen: Seen, values: Values) -> Iterator[Violation]:
    """No call is made but those that are listed, and those that a program makes in any case."""
    for demand in values["demands"]:
        allowed = _allowed(demand)
        found = [call for call in _about(seen, demand) if call.name not in allowed]
        if found:
            names = list(dict.fromkeys(call.name for call in found))
            yield Violation(
                title=f"{WHOM[demand['by']]} calls {words_text(names[:8])}{' and others' if names[8:] else ''}",
                expected=f"{WHOM[demand['by']]} calls {words_text([word for word, _ in demand['calls']])} alone",
                came=evidence(map(seen.told, found)),
                key=",".join(sorted(names)[:20]),
            )
        else:
            seen.demand("calls", "members")


def call_counts(seen: Seen, values: Values) -> Iterator[Violation]:
    """Calls are made so many times with success, by all who are meant together."""
    about = [call for call in _about(seen, values) if _is_made(call)]
    for word, names, least, most in values["counts"]:
        found = [call for call in about if call.name in names]
        is_more = most is not None and len(found) > most
        if is_more or (len(found) < least and seen.conduct.is_over):
            if not is_more:
                seen.demand("calls", "members")
            yield Violation(
                title=f"{WHOM[values['by']]} calls {word} {times(len(found))}, not {bounds_text(least, most)}",
                expected=f"calls of {word}: {bounds_text(least, most)}",
                came=evidence(map(seen.told, found)) or (f"no call of {word}",),
                key=f"{word}:{'more' if is_more else 'less'}",
            )
        elif most is not None:
            seen.demand("calls", "members")


def order(seen: Seen, values: Values) -> Iterator[Violation]:
    """Some process makes the calls one after the other.

    What happened to a process before it was made is what its maker had done, up to the call that made it.
    """
    for demand in values["demands"]:
        words, furthest = demand["calls"], _followed(seen, demand)
        about = {who: count for who, count in furthest.items() if seen.is_about(who, demand["by"])}
        if len(words) in about.values() or not seen.conduct.is_over:
            continue
        seen.demand("calls", "members")
        best, count = max(about.items(), key=lambda each: each[1], default=((), 0))
        done, missing = words_text([word for word, _ in words[:count]]), words[count][0]
        in_order = ", then ".join(word for word, _ in words)
        yield Violation(
            title=f"no process calls {in_order}",
            expected=f"{WHOM[demand['by']]} calls {in_order}",
            came=(f"{seen.title(best)} calls {done}, and no {missing} after that",) if count else (f"no {missing}",),
            key=f"{in_order}:{missing}",
        )


def _followed(seen: Seen, demand: Values) -> dict[Descent, int]:
    """How many of the calls, from the first on, each process has made in their order."""
    words, furthest = demand["calls"], dict[Descent, int]()
    births = sorted(seen.conduct.members, key=lambda member: member.born)
    born = 0
    for call in (*_running(seen, demand), None):
        while born < len(births) and (call is None or births[born].born < call.moment):
            furthest[births[born].descent] = furthest.get(births[born].maker, 0)
            born += 1
        if call is not None and _is_made(call):
            count = furthest.get(call.who, 0)
            if count < len(words) and call.name in words[count][1]:
                furthest[call.who] = count + 1
    return furthest


def _allowed(demand: Values) -> frozenset[str]:
    listed = frozenset[str]().union(*[names for _, names in demand["calls"]])
    return listed | _ALWAYS | (frozenset() if demand["strict"] else _LIBRARY)


def _running(seen: Seen, demand: Values) -> Iterator[Call]:
    """The calls made while the program ran that a demand is about."""
    running = demand["running"]
    return (call for call in seen.conduct.calls if not running or call.program == running)


def _about(seen: Seen, demand: Values) -> Iterator[Call]:
    """The calls of whom a demand is about."""
    return (call for call in _running(seen, demand) if seen.is_about(call.who, demand["by"]))


def _is_made(call: Call) -> bool:
    return not call.error or (call.error == Errno.EINTR and call.name in _ENDS_BY_SIGNAL)
