"""What pages and defaults say of getting there, masks and pictures: read, added up, refused, and told without secrets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compatcheck.cli.run import choose_pages
from compatcheck.errors import MatrixError
from compatcheck.geometry import CssBox
from compatcheck.matrix import load_matrix
from compatcheck.model.matrix import Mask
from compatcheck.model.visit import BasicAuth, Cookie, Frozen, Step
from tests.unit.matrix.writing import HEAD, load, problems

PAGE = HEAD + "pages:\n  - id: home\n    url: https://shop.example/\n"


def page(tmp_path, text: str, head: str = PAGE, **environ: str):
    return load(tmp_path, head + text, **environ).pages[0]


def test_every_form_of_step(tmp_path):
    steps = """
    steps:
      - click: "#menu"
      - click: {selector: text=Accept, timeout: 3}
      - fill: {selector: "#name", text: ""}
      - press: Control+A
      - press: {key: Enter, selector: "#name"}
      - select: {selector: "#size", label: Large}
      - select: {selector: "#size", index: 0}
      - hover: //nav/a
      - scroll: footer
      - scroll: {selector: .list, y: 300}
      - scroll: {to: bottom}
      - wait: 0.5
      - wait: .done
      - wait: {selector: .spinner, state: hidden, timeout: 4}
      - script: window.open = null
      - goto: /cart
    """
    assert page(tmp_path, steps).steps == (
        Step("click", "#menu"),
        Step("click", "text=Accept", timeout=3),
        Step("fill", "#name", ""),
        Step("press", None, "Control+A"),
        Step("press", "#name", "Enter"),
        Step("select", "#size", "Large", by="label"),
        Step("select", "#size", "0", by="index"),
        Step("hover", "//nav/a"),
        Step("scroll", "footer"),
        Step("scroll", ".list", y=300),
        Step("scroll", value="bottom"),
        Step("wait", seconds=0.5),
        Step("wait", ".done"),
        Step("wait", ".spinner", state="hidden", timeout=4),
        Step("script", value="window.open = null"),
        Step("goto", value="/cart"),
    )


def test_pages_add_to_the_defaults_and_win_over_them(tmp_path):
    (tmp_path / "extra.css").write_text("a {color: red}")
    head = HEAD + (
        "defaults:\n  dismiss: '#all'\n  steps: [click: a]\n  headers: {X-A: '1', X-B: '1'}\n  styles: extra.css\n"
        "  masks: [{selector: .ad}]\n  cookies: [{name: a, value: '1'}]\n  freeze: {random: 1}\n  scope: main\n"
        "pages:\n  - id: home\n    url: https://shop.example/\n"
    )
    text = (
        "    dismiss: ['#own', '#all']\n    steps: [click: b]\n    headers: {X-B: '2'}\n    styles: 'b {color: blue}'\n"
        "    masks: [{box: {x: 1, y: 2, width: 3, height: 4}, padding: 2, mode: layout}]\n"
        "    cookies: [{name: b, value: '2', httpOnly: true, sameSite: Lax}]\n"
        "    freeze: {time: '2026-01-31T12:00:00+01:00'}\n    clip: {x: 0, y: 0, width: 10, height: 10}\n"
    )
    made = page(tmp_path, text, head)
    assert made.dismiss == ("#own", "#all")
    assert [step.selector for step in made.steps] == ["a", "b"]
    assert made.headers == {"X-A": "1", "X-B": "2"}
    assert made.styles == ("a {color: red}", "b {color: blue}")
    assert made.masks == (Mask(".ad"), Mask(box=CssBox(1, 2, 3, 4), mode="layout", padding=2))
    assert made.cookies == (Cookie("a", "1"), Cookie("b", "2", http_only=True, same_site="Lax"))
    assert made.frozen == Frozen(1769857200.0)
    assert (made.scope, made.clip) == (None, CssBox(0, 0, 10, 10))


def test_pages_of_the_command_line_have_the_defaults(tmp_path):
    matrix = load(tmp_path, HEAD + "defaults: {dismiss: '#all', burst: 3, waitForSelector: main}")
    (made,) = choose_pages(matrix, ["https://shop.example/cart"], None, [])
    assert (made.id, made.dismiss, made.burst, made.wait_for_selector) == ("shop.example-cart", ("#all",), 3, "main")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps: [{click: a, fill: {selector: b, text: c}}]", "steps[0]: must be exactly one of click, fill, press"),
        ("steps: [{clik: a}]", "steps[0].clik: there is no key `clik` here. Did you mean click?"),
        ("steps: [{press: Entr}]", 'steps[0].press.key: there is no key "Entr". Did you mean Enter?'),
        ("steps: [{press: Ctrl+A}]", 'steps[0].press.key: "Ctrl" is no modifier.'),
        ("steps: [{select: {selector: a}}]", "must have exactly one of `value`, `label` and `index`."),
        ("steps: [{scroll: {}}]", "steps[0].scroll: says no place."),
        ("steps: [{wait: {seconds: 1, selector: a}}]", "must have exactly one of `seconds` and `selector`."),
        ("steps: [{wait: -1}]", "must be between 0 and 600 seconds, not -1."),
        ("steps: [{click: ''}]", "must not be empty."),
        ("masks: [{box: {x: 0, y: 0, width: 1, height: 1}, mode: hide}]", "mode hide needs an element."),
        (
            "masks: [{selector: a, box: {x: 0, y: 0, width: 1, height: 1}}]",
            "exactly one of `selector`, `xpath` and `box`",
        ),
        ("headers: {'X Y': a}", '"X Y" is no name of a request header.'),
        ('headers: {X-Y: "a\\nb"}', "must be one line of text."),
        ("freeze: {}", "freeze: freezes nothing."),
        ("freeze: {time: noon}", '"noon" is no moment.'),
        ("styles: gone.css", "gone.css cannot be read: No such file or directory."),
        ("burst: 0", "must be between 1 and 20 looks, not 0."),
        ("{scope: a, clip: {x: 0, y: 0, width: 1, height: 1}}", ""),
        ("basicAuth: {username: a}", "basicAuth.password: the key `password` is missing."),
    ],
)
def test_what_is_wrong_is_told_at_its_place(tmp_path, text, message):
    if text.startswith("{"):
        found = problems(tmp_path, HEAD + f"defaults: {text}")
        message = "defaults: has both `scope` and `clip`."
    else:
        found = problems(tmp_path, PAGE + f"    {text}\n")
    assert len(found) == 1, found
    assert message in found[0]


def test_the_document_as_used_tells_no_secret(tmp_path):
    text = """
    basicAuth: {username: staging, password: open-sesame-1}
    cookies: [{name: session, value: cookie-value-2}, {name: theme, value: "${THEME}"}]
    headers: {Authorization: Bearer header-value-3, X-Env: staging, X-Api-Key: "${KEY}"}
    localStorage: {token: storage-value-4}
    steps:
      - fill: {selector: "#password", text: typed-value-5}
      - fill: {selector: "#name", text: Ada}
    """
    matrix = load(tmp_path, PAGE + text, THEME="dark-theme", KEY="environment-value-6")
    told = json.dumps(matrix.as_used)
    for secret in ("open-sesame-1", "cookie-value-2", "header-value-3", "storage-value-4", "typed-value-5", "value-6"):
        assert secret not in told
    used = matrix.as_used["pages"][0]
    assert used["basicAuth"] == {"username": "staging", "password": "***"}
    assert used["headers"] == {"Authorization": "***", "X-Env": "staging", "X-Api-Key": "${KEY}"}
    assert used["cookies"][1]["value"] == "${THEME}"
    assert [step["fill"]["value"] for step in used["steps"]] == ["***", "Ada"]
    # what a page says of them (a console line, an error) is taken out of the report too
    assert matrix.redact("denied: open-sesame-1, Bearer header-value-3, typed-value-5") == "denied: ***, ***, ***"
    assert "open-sesame" not in repr(matrix.pages[0])
    assert matrix.pages[0].basic_auth == BasicAuth("staging", "open-sesame-1")


LOGIN = """\
version: 1
reference: a
defaults: {sessionState: kept.json, headers: {X-Stage: "1"}}
devices: [{id: a}, {id: b}]
login: {url: "https://shop.example/login", steps: [{fill: {selector: "#password", text: hunter2hunter2}}], waitForSelector: .in}
"""


def test_how_to_sign_in(tmp_path: Path) -> None:
    file = tmp_path / "devices.yaml"
    file.write_text(LOGIN, encoding="utf-8")
    matrix = load_matrix(file)
    assert matrix.login is not None
    page = matrix.login.page
    assert (matrix.login.device, matrix.login.save) == ("a", str(tmp_path / "kept.json"))
    assert (page.url, page.wait_for_selector, page.headers) == ("https://shop.example/login", ".in", {"X-Stage": "1"})
    assert page.session_state is None, "signing in makes it, and cannot begin with it"
    assert "hunter2hunter2" not in str(matrix.as_used)
    assert matrix.redact("typed hunter2hunter2") == "typed ***"


def test_who_signs_in_must_be_there(tmp_path: Path) -> None:
    file = tmp_path / "devices.yaml"
    file.write_text(LOGIN.replace("login: {", "login: {device: bb, "), encoding="utf-8")
    with pytest.raises(MatrixError, match=r'login\.device: there is no device "bb"'):
        load_matrix(file)
