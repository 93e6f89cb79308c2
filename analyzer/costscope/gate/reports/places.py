"""Where in a checkout a verdict or a finding belongs: the files that viewers can open."""

from __future__ import annotations

from urllib.parse import quote

from costscope.gate.types import Check
from costscope.views.report.names import clean

ZOO = "zoo:"
_CONFIG = "costscope.toml"
_MOST = 1_000  # signs of a path


def path_of(check: Check, model: str) -> str:
    """The file to show: the model's, or what asked for it where the model is no file."""
    if model and not model.startswith(ZOO):
        return clean(model.replace("\\", "/"))[:_MOST]
    return clean(_config(check).replace("\\", "/"))[:_MOST]


def uri_of(check: Check, model: str) -> str:
    """The same as a relative reference of RFC 3986: percent-encoded, with forward slashes.

    A model of the zoo is no file: its place is the configuration that names it. Viewers such
    as GitHub's refuse what has no place at all, so a check without a configuration points
    to where one would stand.
    """
    path = model if model and not model.startswith(ZOO) else _config(check)
    plain = path.replace("\\", "/")[:_MOST]
    return quote(plain.removeprefix("./").encode("utf-8", "backslashreplace"), safe="/~")


def _config(check: Check) -> str:
    """The first of the configurations: the project's."""
    return check.config.split(", ", maxsplit=1)[0] or _CONFIG
