"""Methods of composing, one file or package each, found by its name.

>>> from componium.methods import make
>>> make("markov", order=3)
Markov(order=3)
"""

from componium.methods.base import Autoregressive, Method, load, make

__all__ = ["Autoregressive", "Method", "load", "make"]
