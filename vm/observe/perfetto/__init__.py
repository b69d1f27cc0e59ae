"""A run as a trace for Perfetto (https://ui.perfetto.dev): its tracks, slices, flows and counters, made of events.

What writes packets needs the package perfetto, which an extra of this one installs.
"""

from importlib.util import find_spec

INSTALL = "a trace for Perfetto needs the package perfetto: pip install 'forklore[perfetto]'"


def is_installed() -> bool:
    """True where the package perfetto is there, with the protocol buffers of a trace."""
    try:
        return find_spec("perfetto.protos.perfetto.trace.perfetto_trace_pb2") is not None
    except ModuleNotFoundError:
        return False
