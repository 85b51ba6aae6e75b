"""The blocks of a device's `webview`: which web context, how the page gets there, how it is pictured."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from compatcheck.matrix.block import Block
from compatcheck.matrix.fields import Pause, Seconds, Text, refuse


class ContextBlock(Block):
    """Which web context shows the page; regular expressions, all of which must match."""

    name: Text | None = None
    """For the context's name; a package's name will do."""
    title: Text | None = None
    """For the title of the page that it shows."""
    url: Text | None = None
    """For the URL of the page that it shows."""


class ElementBlock(Block):
    """A native element, named in exactly one way, and how long it may take to come."""

    accessibility_id: Text | None = None
    """Its accessibility id (Android: content description)."""
    id: Text | None = None
    """Its resource id or name."""
    xpath: Text | None = None
    """An XPath in the app's tree."""
    class_name: Text | None = None
    """Its class, such as `android.widget.Button`."""
    uiautomator: Text | None = None
    """An Android UiSelector."""
    predicate: Text | None = None
    """An iOS predicate."""
    class_chain: Text | None = None
    """An iOS class chain."""
    timeout: Seconds = 15.0
    """Seconds that it may take to come."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = ("accessibility_id", "id", "xpath", "class_name", "uiautomator", "predicate", "class_chain")
        if sum(getattr(self, way) is not None for way in ways) != 1:
            raise refuse("must name an element in exactly one way.", "Such as accessibilityId, id or xpath.")
        return self


class FieldBlock(ElementBlock):
    """A native text field and what is typed into it."""

    text: Text
    """What is typed; `{url}` stands for the page's URL."""
    enter: bool = False
    """Press enter after it."""


class NativeStepBlock(Block):
    """One thing that is done in the app; exactly one key."""

    tap: ElementBlock | None = None
    """Tap an element."""
    type: FieldBlock | None = None
    """Type into an element."""
    wait_for: ElementBlock | None = None
    """Wait until an element is there."""
    back: Literal[True] | None = None
    """Go back."""
    hide_keyboard: Literal[True] | None = None
    """Put the keyboard away."""
    pause: Pause | None = None
    """Wait, seconds."""

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise refuse("must be exactly one of tap, type, waitFor, back, hideKeyboard and pause.")
        return self


class IntentBlock(Block):
    """An Android intent; `{url}` (percent-encoded) and `{rawUrl}` stand for the page's URL in every text."""

    action: Text | None = None
    """Such as `android.intent.action.VIEW`."""
    component: Text | None = None
    """Such as `com.example.shop/.WebActivity`."""
    package: Text | None = None
    """The package that shall take it."""
    data: Text | None = None
    """Its data URI."""
    extras: dict[str, str] | None = None
    """Its extra texts."""


class OpenBlock(Block):
    """How the page gets into the app: `steps`, then `deepLink` or `intent`, then `script`; any of them may be left out."""

    deep_link: Text | None = None
    """A link that the app opens, with `{url}` where the page's URL goes (percent-encoded; `{rawUrl}` as it is)."""
    package: Text | None = None
    """The package or bundle that shall take the link. Default: the capabilities' `appium:appPackage`."""
    intent: IntentBlock | None = None
    """An Android intent."""
    steps: list[NativeStepBlock] | None = Field(default=None, min_length=1)
    """What to do in the app, in order."""
    script: Text | None = None
    """JavaScript that is run in the webview with the page's URL as `arguments[0]`."""

    @model_validator(mode="after")
    def _some_way(self) -> Self:
        if not any((self.deep_link, self.intent, self.steps, self.script)):
            raise refuse(
                "says no way to open the page.", "Give deepLink, intent, steps or script, or leave `open` out."
            )
        if self.deep_link and self.intent:
            raise refuse("gives both a deep link and an intent.", "Keep one of them.")
        return self


class WebviewBlock(Block):
    """The webview inside an app that shows the page."""

    context: Text | ContextBlock | None = None
    """The package of the app or a regular expression for the context's name, or a mapping of `name`, `title` and `url`."""
    open: OpenBlock | None = None
    """How the page gets into the app. Default: the webview is navigated to it."""
    timeout: Seconds = 30.0
    """How long to wait for the context, seconds."""
    picture: Literal["auto", "web", "native"] = "auto"
    """`web`: the web context's own picture; `native`: the screen's, cropped to the page; `auto`: the first where it can."""
    native_context: bool = False
    """Keep the whole screen, with the app around the page, instead of the page only."""
    alerts: Literal["dismiss", "accept", "leave"] = "dismiss"
    """What to do with dialogs that stand over the page."""
