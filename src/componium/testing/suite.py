"""Conformance suite of methods: every check that applies."""

from functools import partial

from componium.methods.base import Method
from componium.testing import controls, explanation, likelihood, methods, styles
from componium.testing.checks import type_checks
from componium.testing.subject import CHECKS, Subject

MODULES = (methods, controls, styles, likelihood, explanation)  # each adds its checks to CHECKS when it is imported


def method_checks(kind_or_method: type[Method] | Method) -> type_checks:
    """Return (name, check) for every check that applies to a method."""
    subject = Subject.of(kind_or_method)
    return [(check.__name__, partial(check, subject)) for check, applies in CHECKS if applies(subject)]
