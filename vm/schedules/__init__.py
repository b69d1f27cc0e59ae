"""Schedules: what a run met that does not follow from its program and settings, by which it repeats exactly.

That is how choices were made otherwise than the machine makes them, what its ports answered, and when keys sent
signals. :mod:`~vm.schedules.schedule` is the data, :mod:`~vm.schedules.files` its file, :mod:`~vm.schedules.recording`
and :mod:`~vm.schedules.repeating` stand between a machine and its host, by :mod:`~vm.schedules.ports` and
:mod:`~vm.schedules.hosts`.
"""
