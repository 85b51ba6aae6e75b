"""A small shopping app around a real webview (Qt WebEngine), with the bars that a phone has, for the tests.

    status bar · header with an address field · the page · tab bar · navigation bar

It stands in for "an app on a phone": its page is a real Chromium, everything else is native. What a phone's automation server
would do (screenshot, elements, tap, type, links, rotation) is offered as JSON over HTTP on a loopback port, so that the
Android double can be a thin layer over it.

    python qt_shop.py --control 0 --debug 0 --width 412 --height 700 [--rounded 24] [--notch] [--url URL]

It prints one line of JSON, `{"control": port, "debug": port}`, once it is ready. Sizes are logical px; QT_SCALE_FACTOR is
the device pixel ratio. `--profile` says where Chromium may write.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=int, default=0)
    parser.add_argument("--debug", type=int, default=0)
    parser.add_argument("--width", type=int, default=412)
    parser.add_argument("--height", type=int, default=700)
    parser.add_argument("--rounded", type=int, default=0, help="radius of the screen's corners over the page")
    parser.add_argument("--notch", action="store_true", help="a camera that covers a part of the page's upper edge")
    parser.add_argument("--url", default="about:blank")
    parser.add_argument("--profile", default="")
    return parser.parse_args()


options = arguments()
debug_port = options.debug or free_port()
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QTWEBENGINE_REMOTE_DEBUGGING"] = f"127.0.0.1:{debug_port}"
os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = (
    "--remote-allow-origins=* --no-sandbox --force-color-profile=srgb --font-render-hinting=none --disable-lcd-text "
    "--disable-background-networking --disable-gpu " + os.environ.get("QTWEBENGINE_CHROMIUM_FLAGS", "")
)

from PySide6.QtCore import QBuffer, QIODevice, QObject, QPoint, QRect, Qt, QUrl, Signal, Slot  # noqa: E402
from PySide6.QtGui import QColor, QPainter, QPainterPath  # noqa: E402
from PySide6.QtWebEngineCore import QWebEngineProfile, QWebEngineSettings, qWebEngineChromiumVersion  # noqa: E402
from PySide6.QtWebEngineWidgets import QWebEngineView  # noqa: E402
from PySide6.QtWidgets import (  # noqa: E402
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)


class Glass(QWidget):
    """What the phone's case hides of the screen: rounded corners and a camera, over the page."""

    def __init__(self, parent: QWidget, rounded: int, *, notch: bool) -> None:
        super().__init__(parent)
        self.rounded, self.notch = rounded, notch
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: Any) -> None:  # noqa: N802  (Qt calls it so)
        painter = QPainter(self)
        whole = QPainterPath()
        whole.addRect(self.rect())
        seen = QPainterPath()
        seen.addRoundedRect(self.rect(), self.rounded, self.rounded)
        painter.fillPath(whole.subtracted(seen), QColor("black"))
        if self.notch:
            painter.fillRect(QRect(self.width() // 2 - 40, 0, 80, 18), QColor("black"))


class Shop(QWidget):
    """The app's window. Every native widget that a test may find has an object name."""

    def __init__(self) -> None:
        super().__init__()
        self.resize(options.width, options.height)
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.status = self._bar("statusBar", "12:00", 24, "#102030")
        header = QWidget()
        header.setFixedHeight(48)
        header.setStyleSheet("background:#203a5c; color:white")
        row = QHBoxLayout(header)
        row.setContentsMargins(6, 6, 6, 6)
        self.address = QLineEdit()
        self.address.setObjectName("address")
        self.address.setStyleSheet("background:white; color:black")
        go = self._button("go", "Open")
        go.clicked.connect(lambda: self.show_url(self.address.text()))
        self.address.returnPressed.connect(go.click)
        row.addWidget(self.address)
        row.addWidget(go)
        self.pages = QStackedWidget()
        tabs = QWidget()
        tabs.setFixedHeight(44)
        tabs.setStyleSheet("background:#e8edf3; color:black")
        tab_row = QHBoxLayout(tabs)
        tab_row.setContentsMargins(4, 4, 4, 4)
        for name, label in (("tabShop", "Shop"), ("tabHelp", "Help"), ("tabClose", "Close help")):
            button = self._button(name, label)
            button.clicked.connect(lambda _=False, name=name: self.tab(name))
            tab_row.addWidget(button)
        self.navigation = self._bar("navigationBar", "", 24, "#101010")
        for part in (self.status, header, self.pages, tabs, self.navigation):
            column.addWidget(part)
        self.profile = QWebEngineProfile()  # off the record: nothing of one run is in the next
        self.views: dict[str, QWebEngineView] = {}
        self.add_view("shop", options.url)
        self.glass = Glass(self, options.rounded, notch=options.notch) if options.rounded or options.notch else None

    def _bar(self, name: str, text: str, height: int, colour: str) -> QLabel:
        bar = QLabel(text)
        bar.setObjectName(name)
        bar.setFixedHeight(height)
        bar.setStyleSheet(f"background:{colour}; color:white")
        return bar

    def _button(self, name: str, label: str) -> QPushButton:
        button = QPushButton(label)
        button.setObjectName(name)
        return button

    def add_view(self, name: str, url: str) -> None:
        view = QWebEngineView(self.profile)
        view.setObjectName(f"webview-{name}")
        settings = view.settings()
        settings.setAttribute(QWebEngineSettings.WebAttribute.ShowScrollBars, False)
        settings.setAttribute(QWebEngineSettings.WebAttribute.LocalContentCanAccessRemoteUrls, True)
        self.views[name] = view
        self.pages.addWidget(view)
        self.pages.setCurrentWidget(view)
        view.load(QUrl(url))

    def show_url(self, url: str) -> None:
        self.address.setText(url)
        view = self.pages.currentWidget()
        if isinstance(view, QWebEngineView):
            view.load(QUrl(url))

    def tab(self, name: str) -> None:
        if name == "tabHelp" and "help" not in self.views:
            self.add_view("help", "data:text/html,<title>Help</title><h1>Help</h1>")
        elif name == "tabHelp":
            self.pages.setCurrentWidget(self.views["help"])
        elif name == "tabShop":
            self.pages.setCurrentWidget(self.views["shop"])
        elif name == "tabClose" and "help" in self.views:
            view = self.views.pop("help")
            self.pages.removeWidget(view)
            view.deleteLater()

    def resizeEvent(self, event: Any) -> None:  # noqa: N802  (Qt calls it so)
        if getattr(self, "glass", None):
            self.place_glass()

    def place_glass(self) -> None:
        if self.glass:
            self.glass.setGeometry(self.pages.geometry())
            self.glass.raise_()


class Hand(QObject):
    """Runs what HTTP asks for on the window's own thread."""

    asked = Signal(object)

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self.shop = shop
        self.asked.connect(self.run)

    @Slot(object)
    def run(self, task: tuple[Any, dict[str, Any], threading.Event]) -> None:
        work, answer, done = task
        try:
            answer["value"] = work()
        except Exception as error:
            answer["error"] = f"{type(error).__name__}: {error}"
        done.set()

    def ask(self, work: Any) -> Any:
        answer: dict[str, Any] = {}
        done = threading.Event()
        self.asked.emit((work, answer, done))
        if not done.wait(20):
            raise TimeoutError("the window does not answer")
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    def screenshot(self) -> bytes:
        self.shop.place_glass()
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self.shop.grab().save(buffer, "PNG", 90)  # little compression: time counts here
        return bytes(buffer.data().data())

    def state(self) -> dict[str, Any]:
        ratio = self.shop.devicePixelRatioF()
        elements = []
        for widget in self.shop.findChildren(QWidget):
            name = widget.objectName()
            if not name or name.startswith("qt_") or not widget.isVisible():
                continue
            at = widget.mapTo(self.shop, QPoint(0, 0))
            edges = [at.x(), at.y(), at.x() + widget.width(), at.y() + widget.height()]
            left, top, right, bottom = (round(edge * ratio) for edge in edges)
            text = widget.text() if hasattr(widget, "text") else ""
            rectangle = [left, top, right - left, bottom - top]
            elements.append({"id": name, "kind": type(widget).__name__, "text": text, "rect": rectangle})
        return {
            "ratio": ratio,
            "window": [round(self.shop.width() * ratio), round(self.shop.height() * ratio)],
            "elements": elements,
        }

    def act(self, what: str, how: dict[str, Any]) -> Any:
        shop = self.shop
        if what == "open":
            shop.show_url(how["url"])
        elif what == "tap":
            target: Any = shop.findChild(QWidget, how["id"])
            target.setFocus() if isinstance(target, QLineEdit) else target.click()
        elif what == "type":
            field: Any = shop.findChild(QLineEdit, how["id"])
            text = str(how["text"])
            field.setText(text.rstrip("\n"))
            if text.endswith("\n"):
                field.returnPressed.emit()
        elif what == "orientation":
            long, short = max(options.width, options.height), min(options.width, options.height)
            shop.resize(*((long, short) if how["value"] == "LANDSCAPE" else (short, long)))
            QApplication.processEvents()
        elif what == "die":
            os._exit(9)
        else:
            raise ValueError(what)
        return None


def serve(hand: Hand) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self, body: bytes, kind: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            if self.path == "/screenshot":
                self._answer(hand.ask(hand.screenshot), "image/png")
            else:
                self._answer(json.dumps(hand.ask(hand.state)).encode(), "application/json")

        def do_POST(self) -> None:
            how = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            try:
                value = hand.ask(lambda: hand.act(self.path.strip("/"), how))
            except Exception as error:
                self._answer(json.dumps({"error": str(error)}).encode(), "application/json", 500)
            else:
                self._answer(json.dumps({"value": value}).encode(), "application/json")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", options.control), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def report_when_ready(control_port: int) -> None:
    for _ in range(400):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{debug_port}/json/version", timeout=2) as answer:
                answer.read()
            break
        except OSError:
            threading.Event().wait(0.05)
    print(json.dumps({"control": control_port, "debug": debug_port}), flush=True)


def main() -> int:
    app = QApplication([sys.argv[0]])
    app.setApplicationName("Chrome")  # chromedriver looks for this name and version in the browser's own word
    app.setApplicationVersion(qWebEngineChromiumVersion())
    shop = Shop()
    shop.show()
    server = serve(Hand(shop))
    threading.Thread(target=report_when_ready, args=(server.server_address[1],), daemon=True).start()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
