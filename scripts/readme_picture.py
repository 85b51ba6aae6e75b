"""Takes the README's picture of a report: `python scripts/readme_picture.py [RUN]` after `make demo`.

Opens the run's report (the latest by default) in Chromium, at one pair, and writes docs/images/report.png.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from compatcheck.capture.find import NotFound, find

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "report.png"
PAGE, DEVICE = "sale", "firefox-phone"
SIZE = (1280, 690)


def address(run: Path) -> str:
    """The report at the pair, with the finding that this device has and others have not."""
    results = json.loads((run / "results.json").read_text(encoding="utf-8"))
    outcome = next(o for o in results["outcomes"] if (o["page"]["id"], o["device"]["id"]) == (PAGE, DEVICE))
    finding = next(d["id"] for d in outcome["divergences"] if d["kind"] == "missing")
    return f"{(run / 'index.html').resolve().as_uri()}#/pair/{PAGE}/{DEVICE}?finding={finding}"


def main() -> None:
    """Take the picture, and make it small."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", nargs="?", type=Path, default=ROOT / "reports" / "latest", help="a run's folder")
    run: Path = parser.parse_args().run
    browser = find("chromium")
    if isinstance(browser, NotFound):
        sys.exit(f"{browser.what} is missing: {browser.how_to_install}")
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder, "report.png")
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--disable-background-networking"]
        place = [f"--user-data-dir={folder}/profile", f"--window-size={SIZE[0]},{SIZE[1]}", f"--screenshot={shot}"]
        subprocess.run(
            [browser.path, *options, *place, "--virtual-time-budget=6000", address(run)],
            check=True,
            timeout=120,
            capture_output=True,
        )
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        Image.open(shot).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(PICTURE, optimize=True)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
