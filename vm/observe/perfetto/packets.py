"""Packets of a trace: tracks, and what happens on them (Perfetto's TrackEvent).

Source: *Writing TrackEvent Protos Synthetically*, https://perfetto.dev/docs/reference/synthetic-track-event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as protocol

from vm.text import LONGEST, printable, shortened

Notes = Mapping[str, str | int]
"""What is told of a slice beside its name; texts, and whole numbers of 64 bits."""
NO_NOTES: Notes = {}

LONGEST_NOTE = 4000
"""Letters of a note."""
TOGETHER = 128
"""Packets that are encoded at once."""
_SEQUENCE = 1
_BEGIN, _END = protocol.TrackEvent.TYPE_SLICE_BEGIN, protocol.TrackEvent.TYPE_SLICE_END
_INSTANT, _COUNTER = protocol.TrackEvent.TYPE_INSTANT, protocol.TrackEvent.TYPE_COUNTER
_BYTES, _COUNT = protocol.CounterDescriptor.UNIT_SIZE_BYTES, protocol.CounterDescriptor.UNIT_COUNT
_REALTIME, _MONOTONIC, _BOOTTIME = 1, 3, 6
"""Clocks, by Linux's names, as a trace numbers them (clock_snapshot.proto)."""


class Packets:
    """Hands the encoded packets of a trace to ``write``, some at a time. ``now`` is the time of what is written next.

    Texts may be anybody's: they are escaped and shortened.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._trace = protocol.Trace()
        self._tracks, self._flows = count(1), count(1)
        self.now = 0

    def flush(self) -> None:
        """Write what has been told so far."""
        if self._trace.packet:
            self._write(self._trace.SerializeToString())
            self._trace = protocol.Trace()

    def _packet(self) -> Any:
        if len(self._trace.packet) >= TOGETHER:
            self.flush()
        packet = self._trace.packet.add()
        packet.trusted_packet_sequence_id = _SEQUENCE
        return packet

    def clocks(self, epoch: int) -> None:
        """Tell that time begins at 0, when the guest's time of day is ``epoch`` seconds."""
        packet = self._packet()
        packet.sequence_flags = packet.SEQ_INCREMENTAL_STATE_CLEARED
        snapshot = packet.clock_snapshot
        snapshot.primary_trace_clock = _BOOTTIME
        for clock, moment in ((_BOOTTIME, 0), (_MONOTONIC, 0), (_REALTIME, epoch * 10**9)):
            told = snapshot.clocks.add()
            told.clock_id, told.timestamp = clock, moment

    # --- tracks -----------------------------------------------------------------------------------------------------

    def new_track(self) -> int:
        """Return the number of a track that is to be described."""
        return next(self._tracks)

    def new_flow(self) -> int:
        """Return the number of a flow that is to begin and to end."""
        return next(self._flows)

    def _describe(self, track: int, parent: int, name: str) -> Any:
        told = self._packet().track_descriptor
        told.uuid = track
        if parent:
            told.parent_uuid = parent
        if name:
            told.name = _legal(name)
        return told

    def describe_track(self, track: int, name: str, parent: int = 0) -> None:
        """Describe a track of slices: below another one, or, without a ``parent``, of the whole machine."""
        self._describe(track, parent, name)

    def describe_process(self, track: int, pid: int, name: str, arguments: Sequence[str] = ()) -> None:
        """Describe the track of a process, anew where it has another name now."""
        process = self._describe(track, 0, "").process
        process.pid = pid
        if name:
            process.process_name = _legal(name)
        process.cmdline.extend(map(_legal, arguments))

    def describe_thread(self, track: int, parent: int, pid: int, tid: int, name: str) -> None:
        """Describe the track of a thread below that of its process, anew where it has another name now."""
        thread = self._describe(track, parent, "").thread
        thread.pid, thread.tid = pid, tid
        if name:
            thread.thread_name = _legal(name)

    def describe_counter(self, track: int, name: str, parent: int = 0, *, is_bytes: bool) -> None:
        """Describe a track of values."""
        self._describe(track, parent, name).counter.unit = _BYTES if is_bytes else _COUNT

    # --- what happens on them -----------------------------------------------------------------------------------------

    def _event(self, kind: int, track: int) -> Any:
        packet = self._packet()
        packet.timestamp = self.now
        event = packet.track_event
        event.type, event.track_uuid = kind, track
        return event

    def _named(self, kind: int, track: int, name: str, category: str, notes: Notes) -> Any:
        event = self._event(kind, track)
        event.name = _legal(name)
        event.categories.append(category)
        _annotate(event, notes)
        return event

    def begin(self, track: int, name: str, category: str, notes: Notes = NO_NOTES, *, ends_flow: int = 0) -> None:
        """Begin a slice, in the one that has not ended yet. A flow ends at it."""
        event = self._named(_BEGIN, track, name, category, notes)
        if ends_flow:
            event.terminating_flow_ids.append(ends_flow)

    def end(self, track: int, notes: Notes = NO_NOTES) -> None:
        """End the slice that was begun last."""
        _annotate(self._event(_END, track), notes)

    def instant(
        self, track: int, name: str, category: str, notes: Notes = NO_NOTES, *, flow: int = 0, ends_flow: int = 0
    ) -> None:
        """Tell what happens at once. A flow begins or ends at it."""
        event = self._named(_INSTANT, track, name, category, notes)
        if flow:
            event.flow_ids.append(flow)
        if ends_flow:
            event.terminating_flow_ids.append(ends_flow)

    def count(self, track: int, value: int) -> None:
        """Tell the value that a counter has from now on."""
        self._event(_COUNTER, track).counter_value = value


def _legal(text: str, most: int = LONGEST) -> str:
    """A text as a protocol buffer takes it: whatever is no letter is escaped."""
    return shortened(printable(text), most)


def _annotate(event: Any, notes: Notes) -> None:
    for name, value in notes.items():
        note = event.debug_annotations.add()
        note.name = name
        if isinstance(value, int):
            note.int_value = value
        else:
            note.string_value = _legal(value, LONGEST_NOTE)
