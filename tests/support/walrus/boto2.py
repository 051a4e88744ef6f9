"""Loads boto 2.49.0, of 2018, in any Python 3; `from boto2 import boto`.

Its own copy of six loads modules in a way that ended with Python 3.12, as did `imp`. Today's six
stands in for the copy; an empty module stands in for `imp`, which boto uses for plugins only.
"""

import sys
import types

import six
from six import moves
from six.moves import queue
from six.moves.urllib import parse, request

sys.modules.setdefault("imp", types.ModuleType("imp"))
sys.modules.update({
    "boto.vendored.six": six,
    "boto.vendored.six.moves": moves,
    "boto.vendored.six.moves.queue": queue,
    "boto.vendored.six.moves.urllib": moves.urllib,
    "boto.vendored.six.moves.urllib.parse": parse,
    "boto.vendored.six.moves.urllib.request": request,
})

import boto  # noqa: E402, F401
