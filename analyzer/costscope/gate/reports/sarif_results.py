"""Results of SARIF: what fails, what cannot be decided, what was found; the worst first."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator

from costscope.gate.reports import order, places, records, words
from costscope.gate.reports.foreign import named, said
from costscope.gate.reports.order import Found
from costscope.gate.reports.records import Record
from costscope.gate.reports.sarif_rules import ANALYSIS, BUDGET, level_of
from costscope.gate.types import Check, Standing, Verdict

_MOST_NODES = 20  # logical locations of a result


def results(check: Check) -> Iterator[Record]:
    """All results, the worst first.

    Every one of them says whether it is new, where there is a baseline, and whether it is
    suppressed: SARIF wants either to be said of all or of none.
    """
    baseline = bool(check.baseline)
    for each in _all(check):
        state = each.pop("baselineState")
        if baseline:
            each["baselineState"] = state
        yield each


def number_of(check: Check) -> int:
    """How many results there are."""
    unmet = len(check.of(Standing.FAIL)) + len(check.of(Standing.UNDECIDED))
    return unmet + len(order.broken(check)) + sum(len(each.findings) for each in check.checked)


def _all(check: Check) -> Iterator[Record]:
    seen: Counter[str] = Counter()
    keys = {each.model: each.key or each.model for each in check.checked}
    for verdict in (*order.failures(check), *check.of(Standing.UNDECIDED)):
        yield _of_verdict(check, verdict, keys.get(verdict.model, verdict.model), seen)
    for broken in order.broken(check):
        text = f"{words.place(broken.model, broken.hardware)}: {said(broken.error)}"
        identity = _hash(seen, ANALYSIS, broken.key or broken.model, broken.hardware)
        yield _result(check, ANALYSIS, "error", text, broken.model, identity)
    for found in order.worst_first(check):
        yield _of_finding(check, found)


def _of_verdict(check: Check, verdict: Verdict, key: str, seen: Counter[str]) -> Record:
    budget = verdict.budget
    code = BUDGET + (said(budget.metric, 60) or "unnamed")
    open_ = verdict.standing is Standing.UNDECIDED
    level = "warning" if open_ and not check.undecided_fails else "error"
    identity = _hash(seen, code, key, verdict.hardware, budget.confidence)
    result = _result(check, code, level, words.told(verdict), verdict.model, identity)
    result["properties"] = {
        "standing": str(verdict.standing),
        "hardware": named(verdict.hardware),
        "place": said(budget.place),
        "unit": verdict.unit,
        "value": records.number(verdict.value),
        "limit": records.number(verdict.limit),
    }
    return result


def _of_finding(check: Check, found: Found) -> Record:
    seen, finding = found.seen, found.seen.finding
    parts = [f"{named(finding.subject)}: {words.advice(seen)}"]
    saves = words.saving(seen)
    machine = f" on {named(found.checked.hardware)}" if found.checked.hardware else ""
    parts += [f"Saves {saves}{machine}."] if saves != "-" else []
    code = said(finding.rule, 60) or "unnamed"
    result = _result(
        check,
        code,
        level_of(finding.severity),
        " ".join(parts),
        found.checked.model,
        seen.fingerprint,
        nodes=finding.nodes,
    )
    result["baselineState"] = "unchanged" if seen.known else "new"
    if seen.suppressed:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": said(seen.suppressed)}
        ]
    result["properties"] = {
        "hardware": named(found.checked.hardware),
        "saving_s": records.number(finding.saving_s),
        "saving_ratio": records.number(finding.saving_ratio),
        "saving_bytes": records.number(finding.saving_bytes),
        "evidence": {key: records.number(value) for key, value in finding.evidence.items()},
    }
    return result


def _result(
    check: Check,
    code: str,
    level: str,
    text: str,
    model: str,
    identity: str,
    *,
    nodes: tuple[str, ...] = (),
) -> Record:
    return {
        "ruleId": code,
        "level": level,
        "message": {"text": text},
        "locations": [_location(check, model, nodes)],
        "partialFingerprints": {
            "costscope/v1": identity,
            # What GitHub tells alerts apart by; it would take the first line of the file,
            # which all results of a model share.
            "primaryLocationLineHash": f"{identity}:1",
        },
        "baselineState": "new",
        "suppressions": [],
    }


def _location(check: Check, model: str, nodes: tuple[str, ...]) -> Record:
    """The file, which GitHub insists on, and the operators in it."""
    location: Record = {
        "physicalLocation": {
            "artifactLocation": {
                "uri": places.uri_of(check, model),
                "uriBaseId": "%SRCROOT%",
            },
            "region": {"startLine": 1},
        }
    }
    names = dict.fromkeys(named(each) for each in nodes[:_MOST_NODES])  # each only once
    logical = [{"name": n, "fullyQualifiedName": n, "kind": "function"} for n in names]
    if model.startswith(places.ZOO):
        name = named(model)
        logical.insert(0, {"name": name, "fullyQualifiedName": name, "kind": "module"})
    return location | {"logicalLocations": logical} if logical else location


def _hash(seen: Counter[str], *parts: str) -> str:
    """Sixteen hexadecimal digits that stay the same while the parts do; a second one differs."""
    name = "\0".join(parts)
    seen[name] += 1
    text = name if seen[name] == 1 else f"{name}\0{seen[name]}"
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]
