"""A film of a run: who owned which frame at each moment, who ran, who waited for whom, and where.

:func:`record` makes a :class:`Reel` of a run, and :func:`html_of` a page of reels; a :class:`Film`
is what Python has of both.
"""

from vm.film.film import Film as Film
from vm.film.html import html_of as html_of
from vm.film.recording import record as record
from vm.film.reel import Reel as Reel
from vm.film.window import Window as Window
