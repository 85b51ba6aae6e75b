"""The run's verdicts, sent to the clouds that looked: so that their own pages say what the report says.

A session is over when its pages' verdicts are known, and the providers' REST APIs take a verdict for a session that is over. What
cannot be sent is told and changes nothing else: the report is the truth.
"""

from __future__ import annotations

import base64
import json
import os
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import unquote, urlsplit

from compatcheck.capture.providers import Ended, Provider, VerdictCall, provider_of
from compatcheck.model.matrix import Device
from compatcheck.model.verdict import Outcome

SECONDS = 20.0
"""How long a provider may take to answer."""


def send_verdicts(outcomes: Iterable[Outcome], redact: Callable[[str], str] = str) -> list[str]:
    """Tell each cloud session whether all its pages match; gives a line for each session that could not be told.

    `redact` takes the environment's values out of what is sent and told.

    A device's sessions share its pages (a session that died was opened again), and so its verdict.
    """
    of_device: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        of_device.setdefault(outcome.device.id, []).append(outcome)
    troubles = []
    for members in of_device.values():
        device = members[0].device
        provider = provider_of(device)
        for session in sessions_of(members):
            user, key = credentials(device, provider)
            passed, reason = summary(members)
            call = provider.verdict_call(Ended(device, session, user, passed, redact(reason)))
            if call is None:
                continue
            if not (user and key):
                names = " and ".join(provider.variables)
                troubles.append(f"{device.id}: {provider.name} was not told the verdict: set {names}.")
            elif trouble := _send(call, user, key):
                troubles.append(f"{device.id}: {provider.name} was not told the verdict: {redact(trouble)}.")
    return troubles


def sessions_of(outcomes: Iterable[Outcome]) -> list[str]:
    """The clouds' sessions that looked at these pages, as their captures' facts hold them."""
    remotes = [outcome.facts.extra.get("remote") for outcome in outcomes if outcome.facts is not None]
    return list(dict.fromkeys(str(remote["session"]) for remote in remotes if isinstance(remote, Mapping)))


def summary(outcomes: Iterable[Outcome]) -> tuple[bool, str]:
    """Whether all of them match, and in words: how many do not, and the worst one's reason."""
    members = list(outcomes)
    worse = [outcome for outcome in members if outcome.verdict.name != "match"]
    if not worse:
        return True, f"{len(members)} pages match"
    worst = max(worse, key=lambda outcome: (outcome.verdict.name == "failed", outcome.verdict.severity))
    told = f"{worst.page.id} is {worst.verdict.name}: {worst.verdict.reason}"
    return False, f"{len(worse)} of {len(members)} pages do not match; {told}"


def credentials(device: Device, provider: Provider) -> tuple[str, str]:
    """User name and access key: those of the server's URL (which the environment filled in), else the provider's own variables."""
    parts = urlsplit(device.server or "")
    user, key = (os.environ.get(name, "") for name in provider.variables)
    return unquote(parts.username or "") or user, unquote(parts.password or "") or key


def _send(call: VerdictCall, user: str, key: str) -> str:
    """Send it; empty when it was taken, else why not."""
    request = urllib.request.Request(call.url, json.dumps(call.body).encode(), method=call.method)
    request.add_header("Content-Type", "application/json")
    request.add_header("Authorization", "Basic " + base64.b64encode(f"{user}:{key}".encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):
            return ""
    except OSError as error:  # HTTPError and URLError are of its kind
        return str(getattr(error, "reason", "") or error)
