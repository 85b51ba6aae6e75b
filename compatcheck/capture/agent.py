"""User agents: what a string says about the device, for the hints that Chromium sends beside it."""

from __future__ import annotations

import re
from typing import Any


def client_hints(user_agent: str, *, mobile: bool) -> dict[str, Any]:
    """CDP's `userAgentMetadata` that goes with a user agent string, so that both tell the same story."""
    android = re.search(r"Android (\d+(?:\.\d+)*)(?:;\s*([^;)]+?))?(?: Build/[^;)]*)?[;)]", user_agent)
    apple = re.search(r"(?:iPhone|CPU) OS (\d+(?:_\d+)*)", user_agent)
    version = re.search(r"Chrom(?:e|ium)/(\d+)((?:\.\d+)*)", user_agent)
    brands = [{"brand": "Not;A=Brand", "version": "99"}]
    if version:
        brands += [{"brand": name, "version": version.group(1)} for name in ("Chromium", "Google Chrome")]
    platform, platform_version, model = "Linux", "", ""
    if android:
        platform, platform_version, model = "Android", android.group(1), (android.group(2) or "").strip()
    elif apple:
        platform, platform_version = "iOS", apple.group(1).replace("_", ".")
    elif "Windows" in user_agent:
        platform, platform_version = "Windows", "10.0.0"
    elif "Mac OS X" in user_agent:
        platform = "macOS"
    return {
        "brands": brands,
        "fullVersionList": [
            {**brand, "version": f"{brand['version']}{version.group(2) if version and version.group(2) else '.0.0.0'}"}
            for brand in brands
        ],
        "platform": platform,
        "platformVersion": platform_version,
        "architecture": "" if mobile else "x86",
        "model": model,
        "mobile": mobile,
        "bitness": "" if mobile else "64",
    }


def navigator_platform(user_agent: str) -> str:
    """What `navigator.platform` says on such a device; empty when the string does not tell."""
    for word, platform in (
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Linux armv81"),
        ("Windows", "Win32"),
        ("Macintosh", "MacIntel"),
        ("Linux", "Linux x86_64"),
    ):
        if word in user_agent:
            return platform
    return ""
