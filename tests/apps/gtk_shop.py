"""A small shopping app around a real WebKitGTK view, with a native header and tab bar, for WebKitWebDriver to drive.

It is run by the system's own Python (PyGObject lives there) and stands alone. GTK_SHOP is `WIDTHxHEIGHT` of the window in CSS px,
GDK_SCALE the pixel ratio (GTK 3 knows whole ones only). The window lies at the screen's origin, so that a picture of the screen
is a picture of the app.
"""

from __future__ import annotations

import os

import gi  # type: ignore[import-not-found, import-untyped, unused-ignore] # PyGObject, which lives with the system's Python

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # type: ignore # noqa: E402 - the versions have to be named first

NAME = "shop-app"
width, height = (int(side) for side in os.environ.get("GTK_SHOP", "412x660").split("x"))

context = WebKit2.WebContext(website_data_manager=WebKit2.WebsiteDataManager(is_ephemeral=True))
context.set_automation_allowed(True)
view = None


def on_automation(_: object, session: object) -> None:
    """A driver has come: say who we are, and give it the one view that there is."""
    information = WebKit2.ApplicationInfo()
    information.set_name(NAME)
    information.set_version(WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version())
    session.set_application_info(information)  # type: ignore[attr-defined]
    session.connect("create-web-view", lambda _: view)  # type: ignore[attr-defined]


def bar(text: str, tall: int) -> Gtk.Label:
    """A native bar of a fixed height."""
    label = Gtk.Label(label=text)
    label.set_size_request(-1, tall)
    return label


context.connect("automation-started", on_automation)
window = Gtk.Window()
window.set_decorated(False)
# As on a phone, whose bars are painted over the page and only while it is scrolled.
bars = "::-webkit-scrollbar { display: none }"
everywhere, level = WebKit2.UserContentInjectedFrames.ALL_FRAMES, WebKit2.UserStyleLevel.USER
content = WebKit2.UserContentManager()
content.add_style_sheet(WebKit2.UserStyleSheet(bars, everywhere, level, None, None))
view = WebKit2.WebView(web_context=context, is_controlled_by_automation=True, user_content_manager=content)
view.set_size_request(1, 1)
column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
column.pack_start(bar("Shop in an app", 52), False, False, 0)
column.pack_start(view, True, True, 0)
column.pack_start(bar("Home   Search   Basket", 48), False, False, 0)
window.add(column)
window.set_default_size(width, height)
window.connect("destroy", Gtk.main_quit)
window.show_all()
window.move(0, 0)
view.load_uri("about:blank")
Gtk.main()
