"""Into a webview and out of it, on a double of an Appium session: ways in, several webviews, one that goes, a page that never loads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from selenium.common.exceptions import NoSuchWindowException, WebDriverException

from compatcheck.capture.appium import opening
from compatcheck.capture.appium.contexts import NATIVE, Contexts, Wanted
from compatcheck.capture.appium.opening import Opening
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, SessionLost

URL = "http://shop.example/sale?size=4"


class App:
    """A phone's session: web contexts with windows, each showing a page; `mobile` keeps what the native side was asked for."""

    def __init__(self, windows: dict[str, dict[str, Any]] | None = None) -> None:
        self.windows = windows or {"w1": page()}
        self.mobile: list[tuple[str, dict[str, Any]]] = []
        self.loads = True
        self.current_context, self.window = NATIVE, "w1"
        self.caps = {"platformName": "Android", "appPackage": "com.example.shop"}
        self.command_executor = SimpleNamespace(client_config=SimpleNamespace(timeout=0))
        self.switch_to = SimpleNamespace(context=self._into, window=self._to)

    @property
    def contexts(self) -> list[str]:
        return [NATIVE, "WEBVIEW_com.example.shop"]

    @property
    def window_handles(self) -> list[str]:
        return list(self.windows)

    def _into(self, context: str) -> None:
        if context not in self.contexts:
            raise WebDriverException("no such context")
        self.current_context = context

    def _to(self, window: str) -> None:
        if window not in self.windows:
            raise NoSuchWindowException("no such window: web view not found")
        self.window = window

    def execute_script(self, text: str, *arguments: Any) -> Any:
        if text.startswith("mobile: "):
            assert self.current_context == NATIVE, "a native command in a web context"
            self.mobile.append((text.removeprefix("mobile: "), arguments[0]))
            self.show()
            return None
        here = self.windows[self.window]
        if "visibilityState" in text:
            return {"title": here["title"], "url": here["url"], "shown": here["shown"]}
        if "entry.redirectCount" in text:
            return {**here, "ready": "complete", "redirects": 0}
        if "__compatcheckLeft" in text:
            here["marked"] = True
        elif text == "go(arguments[0])":
            assert arguments == (URL,)
            self.show()
        return None

    def show(self) -> None:
        """What the app does with an address: its visible webview loads it, when anything loads at all."""
        if self.loads:
            self.windows[self.window] |= page(url=URL, title="Sale")


def page(url: str = "about:blank", title: str = "", *, shown: bool = True) -> dict[str, Any]:
    return {"url": url, "title": title, "shown": shown, "marked": False}


def entered(app: App, **wanted: str) -> Contexts:
    return Contexts(Wire(app), Wanted(**wanted), 0.1)  # type: ignore[arg-type]


def opener(app: App, **open_: Any) -> Opening:
    contexts = entered(app)
    return Opening(contexts.wire, contexts, {"open": open_})


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "UNCHANGED_SECONDS", 0.1)
    monkeypatch.setattr(opening, "LEAST_SECONDS", 0.4)


def test_a_deep_link_goes_to_the_app_percent_encoded() -> None:
    app = App()
    opener(app, deepLink="shop://web?url={url}")(URL, 5)
    link = "shop://web?url=http%3A%2F%2Fshop.example%2Fsale%3Fsize%3D4"
    assert app.mobile == [("deepLink", {"url": link, "package": "com.example.shop"})]
    assert app.current_context == "WEBVIEW_com.example.shop"


def test_an_intent_with_its_extras() -> None:
    app = App()
    intent = {"action": "android.intent.action.VIEW", "data": "{rawUrl}", "extras": {"from": "{url}", "count": 3}}
    opener(app, intent=intent)(URL, 5)
    ((name, how),) = app.mobile
    assert name == "startActivity"
    assert how["uri"] == URL
    assert "data" not in how
    assert how["extras"] == [["s", "from", "http%3A%2F%2Fshop.example%2Fsale%3Fsize%3D4"], ["s", "count", "3"]]


def test_a_script_in_the_webview() -> None:
    app = App()
    opener(app, script="go(arguments[0])")(URL, 5)
    assert app.mobile == []
    assert app.windows["w1"]["url"] == URL


def test_of_several_webviews_the_one_that_is_seen() -> None:
    app = App({"w1": page("http://a/", "Shop", shown=False), "w2": page("http://b/", "Help")})
    place = entered(app, name="com.example.shop").enter()
    assert (place.window, app.window) == ("w2", "w2")


def test_a_title_takes_one_that_is_hidden() -> None:
    app = App({"w1": page("http://a/", "Shop", shown=False), "w2": page("http://b/", "Help")})
    assert entered(app, title="^Shop").enter().window == "w1"


def test_several_that_are_seen_are_listed() -> None:
    app = App({"w1": page("http://a/", "Shop"), "w2": page("http://b/", "Help")})
    with pytest.raises(
        CaptureError, match=r"2 webviews match 'com.example.shop': .*\(Shop, http://a/\); .*\(Help, http://b/\)"
    ):
        entered(app, name="com.example.shop").enter()


def test_a_webview_that_never_comes() -> None:
    with pytest.raises(
        CaptureError, match=r"No web context matched 'com.other' within 0 s; there is: NATIVE_APP, WEBVIEW_com"
    ):
        entered(App(), name="com.other").enter()


def test_coming_back_from_the_native_side() -> None:
    app = App()
    contexts = entered(app)
    contexts.enter()
    with contexts.native():
        assert app.current_context == NATIVE
        with contexts.native():
            assert app.current_context == NATIVE
        assert app.current_context == NATIVE
    assert app.current_context == "WEBVIEW_com.example.shop"


def test_a_webview_that_went_meanwhile_is_named() -> None:
    app = App({"w1": page(), "w2": page("http://b/", "Help")})
    contexts = entered(app, title="Help")
    contexts.enter()

    def close_it() -> None:
        with contexts.native():
            del app.windows["w2"]

    with pytest.raises(SessionLost, match=r"The webview WEBVIEW_com.example.shop \(Help, http://b/\) disappeared"):
        close_it()
    assert contexts.place is None


def test_a_page_that_never_loads() -> None:
    app = App()
    app.loads = False
    with pytest.raises(
        CaptureError, match=r"WEBVIEW_com.example.shop is there, but .* did not load in it within 0 s"
    ) as raised:
        opener(app, deepLink="shop://web?url={url}")(URL, 0)
    assert "adb reverse" in raised.value.hint


def test_another_page_than_the_one_that_was_asked_for() -> None:
    app = App({"w1": page("http://shop.example/login", "Sign in")})
    app.loads = False
    with pytest.raises(CaptureError, match=r"shows http://shop.example/login \(Sign in\) instead of") as raised:
        opener(app, deepLink="shop://web?url={url}")(URL, 0)
    assert "a login" in raised.value.hint
