"""Rules of behaviour: what the processes of a run have to do, and must not, whatever they print."""
