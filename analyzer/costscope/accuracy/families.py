"""Families of networks by name, and the halves they are split into."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from costscope.document import read
from costscope.errors import UsageError

_SOURCES = ("zoo:", "timm_", "tv_", "x_")  # where a network's file comes from
_MANNERS = ("legacy", "wide", "tf", "ese")  # words before the name proper
_FORM = re.compile(r"@.*|__.*")  # a variant, or how the file was made
_APART = re.compile(r"[^0-9a-z]+")
_HEAD = re.compile(r"[a-z]+?(v[0-9]+)?(?=[^a-z]|$)")
_VERSION = re.compile(r"v[0-9]+")


class Half(StrEnum):
    """Which half of the families a network belongs to."""

    CHOOSE = "choose"
    REPORT = "report"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Split:
    """Families by half, each written without separators: `mobilenetv2`, `repvgg`.

    Attributes:
        choose: used while the terms of the model were chosen.
        report: never looked at before the model was final.
    """

    choose: frozenset[str]
    report: frozenset[str]

    def family(self, name: str) -> str:
        """The longest family that a network's name begins with; "" if there is none."""
        plain = "".join(_words(name))
        found = [each for each in self.choose | self.report if plain.startswith(each)]
        return max(found, key=len, default="")

    def half(self, name: str) -> Half:
        """The half of a network, by its name."""
        family = self.family(name)
        if family in self.choose:
            return Half.CHOOSE
        return Half.REPORT if family in self.report else Half.NEITHER


def family_of(name: str) -> str:
    """The family that a network's name tells: letters and version of its first word.

    `timm_mobilenetv2_050__dyn`, `tv_mobilenet_v2` and `zoo:mobilenet_v2@0.5` are all
    `mobilenetv2`; `resnet18` and `wide_resnet50_2` are `resnet`.
    """
    words = _words(name)
    head = _HEAD.match(words[0]) if words else None
    if head is None:
        return words[0] if words else name
    whole = head.group() == words[0] and head.group(1) is None
    version = words[1] if whole and len(words) > 1 and _VERSION.fullmatch(words[1]) else ""
    return head.group() + version


def _words(name: str) -> list[str]:
    """The words of a name, without its source, its form and the words before it proper."""
    plain = name.strip().lower()
    for source in _SOURCES:
        plain = plain.removeprefix(source)
    words = [word for word in _APART.split(_FORM.sub("", plain)) if word]
    while len(words) > 1 and words[0] in _MANNERS:
        words.pop(0)
    return words


def read_split(path: Path) -> Split:
    """The halves that a YAML file lists: `choose: [resnet, ...]`, `report: [vgg, ...]`.

    Raises:
        UsageError: unreadable, another form, or a family that stands in both halves.
    """
    try:
        document, problems = read(path.read_bytes(), "split of families", UsageError)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None
    if problems:
        raise UsageError(f"{path}: {problems[0]}")
    if not isinstance(document, dict) or set(document) != {"choose", "report"}:
        raise UsageError(f"{path}: expected the keys choose and report, each a list of families")
    choose, report = (_families(path, key, document[key]) for key in ("choose", "report"))
    both = sorted(choose & report)
    if both:
        raise UsageError(f"{path}: {both[0]} stands in both halves; a family belongs to one")
    return Split(choose, report)


def _families(path: Path, key: str, listed: object) -> frozenset[str]:
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise UsageError(f"{path}: {key}: expected a list of families, as in [resnet, vgg]")
    for name in listed:
        plain = _APART.sub("", name.lower())
        if not plain or plain != name:
            raise UsageError(f"{path}: {key}: {name!r}: write it {plain!r}, small and in one word")
    return frozenset(listed)
