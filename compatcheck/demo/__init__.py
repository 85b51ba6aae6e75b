"""The demo: a small shop to look at, the server that shows it, and the matrix that a first run uses.

`site/` is Kettle & Leaf, a responsive tea shop in plain HTML and CSS with text in Latin, Chinese and Arabic. Four of its
pages are clean in every engine from 320 to 1920 CSS px; the fifth, `sale.html`, is broken on purpose on some devices (the
list is at the top of `site/sale.css`). `server.py` shows it on the loopback address, `devices.yaml` is the demo's matrix.
"""

from __future__ import annotations

from compatcheck.demo.server import SITE, demo_matrix, demo_pages, serve

__all__ = ["SITE", "demo_matrix", "demo_pages", "serve"]
