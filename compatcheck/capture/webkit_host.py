"""A window with nothing but a WebKitGTK web view, for WebKitWebDriver to drive. Run by the system's own Python.

It stands alone, with `webkit_watch.py` beside it: they are not imported by the package and use PyGObject and the standard library only. WebKitGTK's own
MiniBrowser has a toolbar that makes it wider than a phone; this window is exactly as large as the view. It reads its
settings, one JSON object, from the environment variable COMPATCHECK_WEBKIT_HOST: `width`, `height`, `socket`, and perhaps
`userAgent`, `locale`, `timezone`, `dark`, `reducedMotion`.

On the Unix socket it answers one JSON line with another:
    {"do": "snapshot", "region": "document" | "visible", "file": PATH}  →  {"width", "height", "stride"}, pixels in the file
    {"do": "prepare", "cookies", "script", "auth", "headers", "rules"}  →  {}   for the pages that are opened next
    {"do": "cookies"}  →  {"cookies": [{"name", "value", "domain", "path", "expires", "httpOnly", "secure", "sameSite"}]}
    {"do": "resize", "width", "height"}  →  {}  the window, and with it what the page gets, in CSS px
    {"do": "forget"}  →  {}                     what was loaded so far is of no interest any more
    {"do": "state"}   →  {"failure", "status", "failed", "redirects"}   of the page that is open
    {"do": "asked"}   →  {"begun": [URL …], "waiting": [[URL, age in seconds] …]}   what it has asked for, what is not there yet
    {"do": "stills"}  →  {URL: data URL}        the first pictures of its animated ones (GIF, PNG, WebP)
Pixels are BGRA, premultiplied, one byte each, row by row.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path
from typing import Any, ClassVar

import gi  # type: ignore[import-not-found, import-untyped, unused-ignore] # PyGObject, which lives with the system's Python

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
gi.require_version("Soup", "3.0")
from gi.repository import Gio, GLib, Gtk, Soup, WebKit2  # type: ignore # noqa: E402 - the versions have to be named first

sys.path.insert(0, str(Path(__file__).parent))  # which `-I` leaves out
from webkit_watch import Watch  # type: ignore # noqa: E402 - found there

NAME = "WebKitGTK"

# Scrollbars that a page styles would take room; the other engines and phones paint none while nobody scrolls.
SCROLLBARS = "::-webkit-scrollbar { display: none !important; }"

# Frames that may run no scripts (`sandbox`), and so cannot be frozen, stand still from the first: animations that end at their end,
# endless ones a number of turns on that is whole for most durations, which is their beginning.
SCRIPTLESS = """
@media (scripting: none) {
  *, *::before, *::after {
    animation-play-state: paused !important; animation-delay: -720720s !important; caret-color: transparent !important;
  }
}
"""


def libraries() -> tuple[Any, Any]:
    """WebKit and cairo by ctypes: PyGObject can hand over a picture only with pycairo, which is seldom installed."""
    webkit, cairo = ctypes.CDLL("libwebkit2gtk-4.1.so.0"), ctypes.CDLL("libcairo.so.2")
    webkit.webkit_web_view_get_snapshot_finish.restype = ctypes.c_void_p
    webkit.webkit_web_view_get_snapshot_finish.argtypes = [ctypes.c_void_p] * 3
    for name in ("width", "height", "stride"):
        function = getattr(cairo, f"cairo_image_surface_get_{name}")
        function.restype, function.argtypes = ctypes.c_int, [ctypes.c_void_p]
    cairo.cairo_image_surface_get_data.restype = ctypes.c_void_p
    for name in ("cairo_image_surface_get_data", "cairo_surface_flush", "cairo_surface_destroy"):
        getattr(cairo, name).argtypes = [ctypes.c_void_p]
    return webkit, cairo


def told(cookie: Any) -> dict[str, Any]:
    """A cookie as Playwright's storage state has it."""
    policies = {policy: name for name, policy in Preparation.SAME_SITE.items()}
    expires = cookie.get_expires()
    return {
        "name": cookie.get_name(),
        "value": cookie.get_value(),
        "domain": cookie.get_domain(),
        "path": cookie.get_path(),
        "expires": expires.to_unix() if expires else -1,
        "httpOnly": cookie.get_http_only(),
        "secure": cookie.get_secure(),
        "sameSite": policies.get(cookie.get_same_site_policy()),
    }


class Preparation:
    """What the pages that are opened next find: cookies, a script of ours, a password, headers, blocked hosts."""

    SAME_SITE: ClassVar = {
        "Strict": Soup.SameSitePolicy.STRICT,
        "Lax": Soup.SameSitePolicy.LAX,
        "None": Soup.SameSitePolicy.NONE,
    }

    def __init__(self, view: Any, folder: Path, wish: dict[str, Any], answer: Any) -> None:
        self.view, self.folder, self.wish, self.answer = view, folder, wish, answer
        self.data = view.get_website_data_manager()
        self.content = view.get_user_content_manager()
        self.headed = False

    def begin(self) -> None:
        """Forget what pages before left, then do one thing after the other; answer at the end."""
        kinds = WebKit2.WebsiteDataTypes
        forgotten = kinds.COOKIES | kinds.LOCAL_STORAGE | kinds.SESSION_STORAGE | kinds.INDEXEDDB_DATABASES
        self.content.remove_all_scripts()
        self.content.remove_all_style_sheets()
        everywhere, users = WebKit2.UserContentInjectedFrames.ALL_FRAMES, WebKit2.UserStyleLevel.USER
        self.content.add_style_sheet(WebKit2.UserStyleSheet.new(SCRIPTLESS + SCROLLBARS, everywhere, users, None, None))
        self.content.remove_all_filters()
        if self.wish["script"]:
            everywhere, first = WebKit2.UserContentInjectedFrames.ALL_FRAMES, WebKit2.UserScriptInjectionTime.START
            self.content.add_script(WebKit2.UserScript.new(self.wish["script"], everywhere, first, None, None))
        self.data.clear(forgotten, 0, None, self.cleared)

    def cleared(self, manager: Any, result: Any) -> None:
        """Everything is forgotten."""
        manager.clear_finish(result)
        self.cookie(0)

    def cookie(self, place: int) -> None:
        """Set the cookie of that place and those after it."""
        if place == len(self.wish["cookies"]):
            self.rules()
            return
        told = self.wish["cookies"][place]
        cookie = Soup.Cookie.new(told["name"], told["value"], told["domain"], told["path"], -1)
        cookie.set_secure(told["secure"])
        cookie.set_http_only(told["httpOnly"])
        if told["sameSite"]:
            cookie.set_same_site_policy(self.SAME_SITE[told["sameSite"]])
        if told["expires"]:
            cookie.set_expires(GLib.DateTime.new_from_unix_utc(int(told["expires"])))

        def added(manager: Any, result: Any) -> None:
            manager.add_cookie_finish(result)
            self.cookie(place + 1)

        self.data.get_cookie_manager().add_cookie(cookie, None, added)

    def rules(self) -> None:
        """Have the rules for blocked hosts compiled, when there are any."""
        if not self.wish["rules"]:
            self.answer({})
            return
        store = WebKit2.UserContentFilterStore.new(str(self.folder / "filters"))
        text = GLib.Bytes.new(json.dumps(self.wish["rules"]).encode())

        def saved(store: Any, result: Any) -> None:
            try:
                self.content.add_filter(store.save_finish(result))
            except GLib.Error as error:
                self.answer({"error": f"WebKitGTK refuses blockedHosts: {error.message}"})
            else:
                self.answer({})

        store.save("blocked", text, None, saved)

    def on_authenticate(self, request: Any) -> bool:
        """Give the page's own host its password, once."""
        auth = self.wish["auth"]
        if not auth or request.is_retry() or request.get_host() != auth["host"]:
            request.authenticate(None)  # the server's own answer is what there is to see then
            return True
        once = WebKit2.CredentialPersistence.NONE
        request.authenticate(WebKit2.Credential.new(auth["username"], auth["password"], once))
        return True

    def on_policy(self, decision: Any, kind: Any) -> bool:
        """Open the first page anew with its headers: what WebDriver opens cannot have any."""
        if kind != WebKit2.PolicyDecisionType.NAVIGATION_ACTION or self.headed or not self.wish["headers"]:
            return False
        asked = decision.get_navigation_action().get_request()
        if not asked.get_uri().startswith("http"):
            return False
        self.headed = True
        request = WebKit2.URIRequest.new(asked.get_uri())
        for name, value in self.wish["headers"].items():
            request.get_http_headers().replace(name, value)
        decision.ignore()
        GLib.idle_add(lambda: self.view.load_request(request) and False)
        return True


class Host:
    """The window, its view, and what the view has loaded."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.webkit, self.cairo = libraries()
        self.window: Any = None
        self.view: Any = None
        self.preparation: Preparation | None = None
        self.watch = Watch()
        self.context = WebKit2.WebContext(
            website_data_manager=WebKit2.WebsiteDataManager(is_ephemeral=True),
            **({"time_zone_override": settings["timezone"]} if settings.get("timezone") else {}),
        )
        self.context.set_automation_allowed(True)
        self.context.set_preferred_languages([settings.get("locale") or "en-US"])
        self.context.connect("automation-started", self.on_automation)
        gtk = Gtk.Settings.get_default()
        gtk.set_property("gtk-application-prefer-dark-theme", bool(settings.get("dark")))
        gtk.set_property("gtk-enable-animations", not settings.get("reducedMotion"))
        gtk.set_property("gtk-cursor-blink", False)
        # Grey antialiasing and no hinting: the same letters on every machine.
        for name, value in (("gtk-xft-antialias", 1), ("gtk-xft-hinting", 0), ("gtk-xft-rgba", "none")):
            gtk.set_property(name, value)

    def listen(self) -> Any:
        """Answer on the socket."""
        service = Gio.SocketService()
        address = Gio.UnixSocketAddress.new(self.settings["socket"])
        service.add_address(address, Gio.SocketType.STREAM, Gio.SocketProtocol.DEFAULT, None)
        service.connect("incoming", self.on_caller)
        service.start()
        return service

    def on_automation(self, _context: Any, session: Any) -> None:
        """Tell the driver who we are."""
        info = WebKit2.ApplicationInfo()
        info.set_name(NAME)
        info.set_version(WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version())
        session.set_application_info(info)
        session.connect("create-web-view", lambda _session: self.open_view())

    def open_view(self) -> Any:
        """The one view, in a window of its size."""
        view = WebKit2.WebView(web_context=self.context, is_controlled_by_automation=True)
        options = view.get_settings()
        options.set_hardware_acceleration_policy(WebKit2.HardwareAccelerationPolicy.NEVER)
        options.set_enable_smooth_scrolling(False)
        if self.settings.get("userAgent"):
            options.set_user_agent(self.settings["userAgent"])
        window = self.window = Gtk.Window()
        window.set_decorated(False)
        window.set_size_request(1, 1)
        window.set_default_size(self.settings["width"], self.settings["height"])
        window.add(view)
        window.show_all()
        view.connect("close", lambda _view: window.destroy())
        # Told to be done with at once: WebKitWebDriver answers nothing while one waits.
        view.connect("script-dialog", lambda _view, _dialog: True)
        self.watch.follow(view)
        view.connect(
            "authenticate", lambda _view, request: self.preparation and self.preparation.on_authenticate(request)
        )
        view.connect(
            "decide-policy", lambda _v, decision, kind: self.preparation and self.preparation.on_policy(decision, kind)
        )
        self.view = view
        return view

    def on_caller(self, _service: Any, connection: Any, _source: Any) -> bool:
        """Read wishes, one a line."""
        lines = Gio.DataInputStream.new(connection.get_input_stream())

        def answer(reply: dict[str, Any]) -> None:
            connection.get_output_stream().write_all((json.dumps(reply) + "\n").encode(), None)
            lines.read_line_async(0, None, heard)

        def heard(stream: Any, result: Any) -> None:
            line, _ = stream.read_line_finish_utf8(result)
            if line is None:
                connection.close(None)
                return
            try:
                self.obey(json.loads(line), answer)
            except Exception as error:
                answer({"error": f"{type(error).__name__}: {error}"})

        lines.read_line_async(0, None, heard)
        return True

    def obey(self, wish: dict[str, Any], answer: Any) -> None:
        """Do what a wish says."""
        if wish["do"] == "forget":
            self.watch.forget()
            answer({})
        elif wish["do"] == "state":
            answer(self.watch.state)
        elif wish["do"] == "asked":
            answer(self.watch.asked())
        elif wish["do"] == "stills":
            answer(self.watch.stills)
        elif wish["do"] == "cookies":
            self.view.get_website_data_manager().get_cookie_manager().get_all_cookies(
                None,
                lambda manager, result: answer({"cookies": list(map(told, manager.get_all_cookies_finish(result)))}),
            )
        elif wish["do"] == "prepare":
            self.preparation = Preparation(self.view, Path(self.settings["socket"]).parent, wish, answer)
            self.preparation.begin()
        elif wish["do"] == "resize":
            self.window.resize(wish["width"], wish["height"])
            answer({})
        elif wish["do"] == "snapshot":
            whole = wish["region"] == "document"
            region = WebKit2.SnapshotRegion.FULL_DOCUMENT if whole else WebKit2.SnapshotRegion.VISIBLE
            self.view.get_snapshot(
                region,
                WebKit2.SnapshotOptions.NONE,
                None,
                lambda view, result: answer(self.snapshot(view, result, wish["file"])),
            )

    def snapshot(self, view: Any, result: Any, file: str) -> dict[str, Any]:
        """Write the pixels of a finished snapshot to the file."""
        # hash() of a PyGObject wrapper is the address of the object that it wraps.
        surface = self.webkit.webkit_web_view_get_snapshot_finish(hash(view), hash(result), None)
        if not surface:
            return {"error": "WebKitGTK gave no picture"}
        try:
            self.cairo.cairo_surface_flush(surface)
            size = {
                name: getattr(self.cairo, f"cairo_image_surface_get_{name}")(surface)
                for name in ("width", "height", "stride")
            }
            data = self.cairo.cairo_image_surface_get_data(surface)
            if not data:
                return {"error": "WebKitGTK gave an empty picture"}
            with Path(file).open("wb") as out:
                out.write((ctypes.c_char * (size["stride"] * size["height"])).from_address(data))
            return size
        finally:
            self.cairo.cairo_surface_destroy(surface)


if __name__ == "__main__":
    host = Host(json.loads(os.environ["COMPATCHECK_WEBKIT_HOST"]))
    service = host.listen()
    Gtk.main()
