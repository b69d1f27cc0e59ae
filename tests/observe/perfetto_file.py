"""A trace for Perfetto, decoded by the classes of the package perfetto and by nothing of ours; it must be well formed.

Source of what is demanded: *Writing TrackEvent Protos Synthetically* (perfetto.dev), and the comments of
track_event.proto and track_descriptor.proto.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackDescriptor, TrackEvent

BEGIN, END = TrackEvent.TYPE_SLICE_BEGIN, TrackEvent.TYPE_SLICE_END
INSTANT, COUNTER = TrackEvent.TYPE_INSTANT, TrackEvent.TYPE_COUNTER


@dataclass
class Slice:
    """What lasts on a track, or, where ``start`` is ``end`` and ``is_instant``, happens at once."""

    track: int
    name: str
    category: str
    start: int
    end: int
    notes: dict[str, Any]
    is_instant: bool = False
    depth: int = 0


@dataclass
class Decoded:
    """``tracks`` by uuid; ``slices`` in the order of their beginnings; ``counters`` by track: (moment, value).

    ``flows`` by id: where each begins, and where it ends.
    """

    tracks: dict[int, TrackDescriptor] = field(default_factory=dict)
    slices: list[Slice] = field(default_factory=list)
    counters: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    flows: dict[int, list[Slice]] = field(default_factory=dict)
    clocks: dict[int, int] = field(default_factory=dict)

    def thread_of(self, track: int) -> int:
        """The number of the thread that a track belongs to, its own or one below it."""
        found = self.tracks[track]
        return found.thread.tid if found.HasField("thread") else self.thread_of(found.parent_uuid)

    def process_of(self, track: int) -> int:
        """The number of the process that a track belongs to, its own or a counter below it."""
        found = self.tracks[track]
        return found.process.pid if found.HasField("process") else self.process_of(found.parent_uuid)

    def in_category(self, *categories: str) -> list[Slice]:
        """The slices of these categories, in the order of their beginnings."""
        return [each for each in self.slices if each.category in categories]


def decode(data: bytes) -> Decoded:
    """What a file says. Every rule that Perfetto demands of it is asserted."""
    trace, found = Trace.FromString(data), Decoded()
    open_slices: dict[int, list[Slice]] = defaultdict(list)
    sources: dict[int, Slice] = {}
    now = 0
    for number, packet in enumerate(trace.packet):
        assert packet.trusted_packet_sequence_id == 1
        assert bool(packet.sequence_flags & packet.SEQ_INCREMENTAL_STATE_CLEARED) == (number == 0)
        if packet.HasField("clock_snapshot"):
            found.clocks = {clock.clock_id: clock.timestamp for clock in packet.clock_snapshot.clocks}
        elif packet.HasField("track_descriptor"):
            _describe(found, packet.track_descriptor)
        else:
            assert packet.HasField("track_event")
            assert packet.HasField("timestamp")
            assert packet.timestamp >= now, "time goes back"
            now = packet.timestamp
            _happen(found, now, packet.track_event, open_slices, sources)
    assert not any(open_slices.values()), "a slice has no end"
    assert not sources, "a flow has no end"
    return found


def _describe(found: Decoded, track: TrackDescriptor) -> None:
    """A track is described before it is used, below one that is; anew only as what it is."""
    assert track.uuid, "0 is the track of nobody"
    assert not track.HasField("parent_uuid") or track.parent_uuid in found.tracks
    before = found.tracks.get(track.uuid)
    if before is not None:
        assert (before.parent_uuid, before.process.pid) == (track.parent_uuid, track.process.pid)
        assert (before.thread.tid, before.HasField("counter")) == (track.thread.tid, track.HasField("counter"))
    found.tracks[track.uuid] = track


def _happen(
    found: Decoded, now: int, event: TrackEvent, open_slices: dict[int, list[Slice]], sources: dict[int, Slice]
) -> None:
    track = event.track_uuid
    assert found.tracks[track].HasField("counter") == (event.type == COUNTER)
    if event.type == COUNTER:
        found.counters[track].append((now, event.counter_value))
        return
    notes = {note.name: getattr(note, note.WhichOneof("value")) for note in event.debug_annotations}
    assert len(notes) == len(event.debug_annotations), "two notes have one name"
    if event.type == END:
        ended = open_slices[track].pop()
        ended.end = now
        ended.notes.update(notes)
        return
    [category] = event.categories
    begun = Slice(track, event.name, category, now, now, notes, event.type == INSTANT, len(open_slices[track]))
    found.slices.append(begun)
    if event.type == BEGIN:
        open_slices[track].append(begun)
    for flow in event.flow_ids:
        assert flow not in sources
        assert flow not in found.flows
        sources[flow] = begun
    for flow in event.terminating_flow_ids:
        found.flows[flow] = [sources.pop(flow), begun]
