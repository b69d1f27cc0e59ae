"""Builtins as objects of Python's: what they say of themselves, how they travel, and who may enter them when."""

from __future__ import annotations

import gc
import inspect
import os
import pickle
import pydoc
import subprocess
import sys
import threading
import time
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.native.compiling import MODULE, TINY
from vm.native import jit, kept
from vm.native.builtins import Builtin


def test_a_builtin_says_what_it_is(tiny: ModuleType) -> None:
    assert tiny.mix.__name__ == "mix"
    assert tiny.mix.__doc__ == tiny.mix.__self__.python.__doc__
    assert str(inspect.signature(tiny.mix)) == "(pair, counts, data, number, flag, /)"
    assert str(inspect.signature(tiny.optional)) == "(number, /)"
    shown = pydoc.plain(pydoc.render_doc(tiny.mix))
    assert "mix(pair, counts, data, number, flag, /)" in shown
    assert "``counts`` gets a bit of it" in shown


def test_a_builtin_travels_as_a_name(tiny: ModuleType) -> None:
    data = pickle.dumps(tiny.mix)
    assert pickle.loads(data) is tiny.mix
    assert len(data) < 200
    with pytest.raises(AttributeError):
        tiny.mix.__self__.anything  # noqa: B018


def test_a_builtin_outlives_what_made_it(tiny: ModuleType) -> None:
    """The order in which a program's end takes things apart is nobody's to choose."""
    made = Builtin("passing", "", tiny.same)
    function = made.function
    del made
    gc.collect()
    assert [function(number) for number in range(100)] == list(range(100))
    assert function.__name__ == "passing"


AT_THE_END = """
import os
import numpy as np
import vm.memory.tables
from vm.cpu import sv32
class Late:
    def __init__(self, function, write, words):
        self.given = function, write, words
    def __del__(self):
        function, write, words = self.given
        write(1, b"%d" % function(words, 0, 0, 1))
        try:
            function(0)
        except TypeError:
            write(1, b" refused")
np.late = Late(sv32.permitted, os.write, np.zeros(4096, np.uint32))  # numpy goes late
sv32.permitted(np.zeros(4096, np.uint32), 0, 0, 1)
"""


def test_a_builtin_works_until_the_program_is_gone() -> None:
    """What somebody's object calls when it is given up, after the modules that had the code."""
    ended = subprocess.run([sys.executable, "-c", AT_THE_END], capture_output=True, text=True)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("-1 refused", "", 0)


# --- threads and processes --------------------------------------------------------------------------------------------


def test_threads_enter_at_the_same_time(tiny: ModuleType) -> None:
    found: dict[int, int] = {}

    def work(number: int) -> None:
        counts, total = np.zeros(1, np.int64), 0
        for index in range(5000):
            tiny.count(counts)
            total += tiny.divide(index, number + 1)[0] + tiny.same(number)
        found[number] = total + int(counts[0])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {
        number: sum(index // (number + 1) for index in range(5000)) + 5000 * number + 5000 for number in range(4)
    }
    assert found == expected


def test_a_forked_process_has_the_code_as_well(tiny: ModuleType) -> None:
    child = os.fork()
    if not child:
        os._exit(0 if tiny.divide(17, 5) == (3, 2) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert tiny.divide(17, 5) == (3, 2)


def test_threads_that_call_first_load_once(tiny: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second copy would take the place of code that the others have entered, or have the address of."""
    loaded, loads, entered = jit._loaded[TINY], [], threading.Barrier(4)
    entry = jit.Entry(tiny.same.__self__.python, TINY)

    def load(parts: object, _: object) -> dict[str, Any]:
        loads.append(parts)
        time.sleep(0.05)  # others get their turn
        return {TINY: loaded}

    monkeypatch.setattr(kept, "load", load)
    monkeypatch.setattr(jit, "_loaded", {})
    monkeypatch.setattr(jit, "_entries", {TINY: [entry]})
    found: list[int] = []

    def work() -> None:
        entered.wait()
        found.append(entry.builtin.function(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, loads) == ([5] * 4, [[TINY]])
    assert entry.name == f"{MODULE}.same"


def test_a_part_may_be_loaded_and_not_yet_entered_everywhere(tiny: ModuleType) -> None:
    """As a thread sees it while another loads the part, and for good who is forked then."""
    entry = jit.Entry(tiny.same.__self__.python, TINY)
    assert entry.builtin.function(5) == 5


def test_a_process_that_is_forked_while_another_thread_loads_waits_for_nobody(
    tiny: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, loading, forked = jit._loaded[TINY], threading.Event(), threading.Event()

    def load(*_: object) -> dict[str, Any]:
        if threading.current_thread() is not threading.main_thread():
            loading.set()
            forked.wait()
        return {TINY: loaded}

    monkeypatch.setattr(kept, "load", load)
    monkeypatch.setattr(jit, "_loaded", {})
    thread = threading.Thread(target=jit.prepare, args=([TINY],))
    thread.start()
    loading.wait()
    child = os.fork()
    if not child:
        jit.prepare([TINY])
        os._exit(0 if tiny.same(3) == 3 else 1)
    forked.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0


def test_what_is_no_number_does_not_keep_anything_from_being_compiled() -> None:
    code = "from vm.native import jit; print(jit.ENABLED)"
    for value, expected in (("", True), ("0", True), ("1", False), (" 1 ", False), ("yes", True), ("-", True)):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": value}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == f"{expected}\n"
