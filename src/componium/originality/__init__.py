"""Originality: what a score shares with the music learned from."""

from componium.originality.index import Copies, Index, Shared
from componium.originality.report import Originality, report_of, with_unseen

__all__ = ["Copies", "Index", "Originality", "Shared", "report_of", "with_unseen"]
