"""Notes the time that a Python process spends inside Kiwi.

Python imports a module of this name when it starts: with this folder on PYTHONPATH every process
of a run is watched, the spawned ones too, and the product needs no switch for it. Each process
keeps one file in the folder KIWI_TIMES: seconds in calls, seconds of processor in calls, seconds
of loading. It is rewritten after each call, since workers end without saying goodbye.
"""

import os
import struct
import threading
import time
from collections.abc import Iterator

import kiwipiepy

_lock = threading.Lock()
_sums = [0.0, 0.0, 0.0]
_file = os.open(f"{os.environ['KIWI_TIMES']}/{os.getpid()}", os.O_CREAT | os.O_WRONLY)


def _note(*seconds):
    with _lock:
        for i, value in enumerate(seconds):
            _sums[i] += value
        os.pwrite(_file, struct.pack("3d", *_sums), 0)


def _measured(call, clock):
    """The result of a call and the seconds that it took, of the wall and of ``clock``."""
    wall, own = time.perf_counter(), clock()
    found = call()
    return found, time.perf_counter() - wall, clock() - own


def _followed(found):
    """Results that Kiwi gives one by one, worked out by threads of its own."""
    nothing = object()
    while True:
        result, *seconds = _measured(lambda: next(found, nothing), time.process_time)
        _note(*seconds)
        if result is nothing:
            return
        yield result


def _tokenize(self, text, *args, _original=kiwipiepy.Kiwi.tokenize, **options):
    clock = time.thread_time if isinstance(text, str) else time.process_time
    found, *seconds = _measured(lambda: _original(self, text, *args, **options), clock)
    _note(*seconds)
    return _followed(found) if isinstance(found, Iterator) else found


def _init(self, *args, _original=kiwipiepy.Kiwi.__init__, **options):
    _, seconds, _ = _measured(lambda: _original(self, *args, **options), time.thread_time)
    _note(0.0, 0.0, seconds)


kiwipiepy.Kiwi.tokenize = _tokenize
kiwipiepy.Kiwi.__init__ = _init
