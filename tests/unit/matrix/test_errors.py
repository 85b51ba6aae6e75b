"""Every way to be wrong, with the exact line a user reads."""

from __future__ import annotations

import os

import pytest

from compatcheck.errors import MatrixError
from compatcheck.matrix import load_matrix
from tests.unit.matrix.writing import HEAD, problems

VALUES = [
    pytest.param(
        "  - {id: a, viewport: {width: 0, height: 20000}}",
        [
            "5:31: devices[1].viewport.width: must be between 1 and 16384 CSS px, not 0.",
            "5:42: devices[1].viewport.height: must be between 1 and 16384 CSS px, not 20000.",
        ],
        id="viewport out of bounds",
    ),
    pytest.param(
        '  - {id: a, viewport: {width: 12.5, height: "800"}}',
        [
            "5:31: devices[1].viewport.width: must be a whole number, not 12.5.",
            '5:45: devices[1].viewport.height: must be a whole number, not "800".',
        ],
        id="viewport not whole",
    ),
    pytest.param(
        "  - {id: a, viewport: {width: 0x10, height: 010}}",
        [
            '5:31: devices[1].viewport.width: must be a whole number, not "0x10".',
            '5:45: devices[1].viewport.height: must be a whole number, not "010".',
        ],
        id="no other number bases",
    ),
    pytest.param(
        "  - {id: a, viewport: 390x844}",
        ['5:23: devices[1].viewport: must be a mapping of keys to values, not "390x844".'],
        id="viewport as text",
    ),
    pytest.param(
        "  - {id: a, viewport: {width: 390}}",
        ["5:23: devices[1].viewport.height: the key `height` is missing."],
        id="half a viewport",
    ),
    pytest.param(
        "  - {id: a, deviceScaleFactor: 40}",
        ["5:32: devices[1].deviceScaleFactor: must be between 0.25 and 8 device px per CSS px, not 40."],
        id="ratio",
    ),
    pytest.param(
        "  - {id: a, deviceScaleFactor: .nan}",
        ['5:32: devices[1].deviceScaleFactor: must be a number, not ".nan".'],
        id="ratio not a number",
    ),
    pytest.param(
        "  - {id: a, viewport: {width: 8000, height: 100}, deviceScaleFactor: 3}",
        [
            "5:31: devices[1].viewport.width: 8000 CSS px at deviceScaleFactor 3 are 24000 device px; engines paint at most "
            "16384."
        ],
        id="more device px than a texture",
    ),
    pytest.param(
        "  - {id: yes}",
        ['5:10: devices[1].id: must be text, not yes (which YAML reads as true). Put it in quotes: "yes".'],
        id="yes for a text",
    ),
    pytest.param(
        '  - {id: a, isMobile: "yes"}',
        ['5:23: devices[1].isMobile: must be true or false, not "yes".'],
        id="text for yes",
    ),
    pytest.param(
        "  - {id: a/b}",
        [
            '5:10: devices[1].id: "a/b" cannot be a file name everywhere: use letters, digits, ".", "_" and "-", at most 80. '
            "Perhaps a-b?"
        ],
        id="id with a slash",
    ),
    pytest.param(
        "  - {id: ..}",
        [
            '5:10: devices[1].id: ".." cannot be a file name everywhere: use letters, digits, ".", "_" and "-", at most 80.'
        ],
        id="id that climbs out",
    ),
    pytest.param(
        "  - {id: nul}", ['5:10: devices[1].id: "nul" is no file name on Windows. Choose another.'], id="id nul"
    ),
    pytest.param("  - {browser: firefox}", ["5:5: devices[1].id: the key `id` is missing."], id="no id"),
    pytest.param(
        "  - {id: desktop}",
        ['5:10: devices[1].id: the id "desktop" is taken on line 4. Every id must be unique.'],
        id="id twice",
    ),
    pytest.param(
        "  - {id: Desktop}",
        [
            '5:10: devices[1].id: the id "Desktop" is taken on line 4 (some file systems do not tell upper from lower case). '
            "Every id must be unique."
        ],
        id="id twice but for case",
    ),
    pytest.param(
        "  - {id: desktop-320}\n  - {id: desktop, widths: {from: 320, to: 330}}",
        ['6:10: devices[2].id: the id "desktop-320" is taken on line 5. Every id must be unique.'],
        id="id twice through widths",
    ),
    pytest.param(
        "  - {id: a, viewprot: {width: 3}}",
        ["5:13: devices[1].viewprot: there is no key `viewprot` here. Did you mean viewport?"],
        id="unknown key",
    ),
    pytest.param(
        "  - {id: a, viewport: {widht: 3, height: 4, colour: 5}}",
        [
            "5:23: devices[1].viewport.width: the key `width` is missing.",
            "5:24: devices[1].viewport.widht: there is no key `widht` here. Did you mean width?",
            "5:45: devices[1].viewport.colour: there is no key `colour` here. There are width, height.",
        ],
        id="unknown keys deeper down",
    ),
    pytest.param(
        "  - {id: a, browser: crome}",
        [
            '5:22: devices[1].browser: "crome" is none of chromium, chrome, edge, firefox, webkit, safari. '
            "Did you mean chrome?"
        ],
        id="unknown browser",
    ),
    pytest.param(
        "  - {id: a, preset: iPhoen 15}",
        [
            '5:21: devices[1].preset: there is no preset "iPhoen 15". Did you mean iPhone 15, iPhone 17 or iPhone 16?',
        ],
        id="unknown preset",
    ),
    pytest.param(
        "  - {id: a, preset: Nokia 3310}",
        ['5:21: devices[1].preset: there is no preset "Nokia 3310". `compatcheck devices` lists them all.'],
        id="preset like no other",
    ),
    pytest.param(
        "  - {id: a, inApp: wechta}",
        ['5:20: devices[1].inApp: there is no in-app browser "wechta". Did you mean wechat?'],
        id="unknown app",
    ),
    pytest.param(
        "  - {id: a, inApp: samsung-internet, preset: iPhone 15}",
        [
            "5:20: devices[1].inApp: Samsung Internet shows no pages on iOS. It is made for Android: choose another preset.",
        ],
        id="app of another platform",
    ),
    pytest.param(
        "  - {id: a, inApp: line, userAgent: me}",
        ["5:20: devices[1].inApp: `inApp` and `userAgent` both name a user agent. Keep one of them."],
        id="two user agents",
    ),
    pytest.param(
        "  - {id: a, timezone: Europe/Berln, locale: deutsch_DE}",
        [
            '5:23: devices[1].timezone: there is no time zone "Europe/Berln". Did you mean Europe/Berlin?',
            '5:45: devices[1].locale: "deutsch_DE" is no language tag. Write it as en-GB or zh-Hans-CN.',
        ],
        id="locale and time zone",
    ),
    pytest.param(
        "  - {id: a, driver: remote}",
        ["5:5: devices[1].server: the key `server` is missing: driver remote needs the URL of its server."],
        id="remote without server",
    ),
    pytest.param(
        "  - {id: a, driver: folder}",
        ["5:5: devices[1].folder: the key `folder` is missing: driver folder needs to know where the pictures are."],
        id="folder without folder",
    ),
    pytest.param(
        "  - {id: a, server: http://127.0.0.1:4444}",
        ["5:13: devices[1].server: `server` means nothing to driver selenium. Set `driver: remote`, or remove it."],
        id="server without driver",
    ),
    pytest.param(
        "  - {id: a, driver: remote, server: localhost:4444}",
        ['5:37: devices[1].server: "localhost:4444" has no scheme. Did you mean http://localhost:4444?'],
        id="server without scheme",
    ),
    pytest.param(
        "  - {id: a, driver: remote, server: auto}",
        ["5:37: devices[1].server: only driver appium can start its server itself. Give its URL."],
        id="remote auto",
    ),
    pytest.param(
        "  - {id: a, widths: {from: 900, to: 100}}",
        ["5:37: devices[1].widths.to: `to` (100) is less than `from` (900)."],
        id="widths backwards",
    ),
    pytest.param(
        "  - {id: a, widths: {from: 100, to: 9000, step: 1}}",
        ["5:21: devices[1].widths: that is more than 400 widths. Make `step` larger."],
        id="too many widths",
    ),
    pytest.param(
        "  - {id: a, capabilities: [chrome]}",
        ["5:27: devices[1].capabilities: must be a mapping of keys to values, not a list."],
        id="capabilities as a list",
    ),
    pytest.param(
        "  - {id: a, timeout: 0}",
        ["5:22: devices[1].timeout: must be between 0.1 and 3600 seconds, not 0."],
        id="no time",
    ),
    pytest.param(
        "  - {id: a, id: b}",
        ["5:13: devices[1].id: the key `id` stands twice in one mapping, first on line 5. Keep one of them."],
        id="key twice",
    ),
    pytest.param(
        "  - {id: a, userAgent: !!python/object:os.system x}",
        ["5:24: devices[1].userAgent: has the tag !!python/object:os.system, which means nothing here. Remove it."],
        id="tag",
    ),
    pytest.param(
        "  - [id, a]", ["5:5: devices[1]: must be a mapping of keys to values, not a list."], id="a list for a device"
    ),
    pytest.param("  - {id: a, [b]: c}", ['5:13: devices[1]["?"]: a key must be plain text.'], id="a list for a key"),
    pytest.param(
        '  - {id: "a\\ud800"}',
        ["5:10: devices[1].id: holds half of a surrogate pair, which is no character."],
        id="half a character",
    ),
    pytest.param(
        "pages: [{id: home, url: shop.example/}]",
        ['5:25: pages[0].url: "shop.example/" has no scheme. Did you mean https://shop.example/?'],
        id="url without scheme",
    ),
    pytest.param(
        "pages: [{id: home, url: 'htps://x.example'}]",
        [
            '5:25: pages[0].url: "htps://x.example" has the scheme htps; only http, https and file are looked at. '
            "Did you mean https://x.example?"
        ],
        id="url with a wrong scheme",
    ),
    pytest.param(
        "pages: [{id: home, url: 'https://x.example/', masks: [{mode: hid}, {selector: a, mode: hid}]}]",
        [
            '5:62: pages[0].masks[0].mode: "hid" is none of ignore, hide, remove, layout. Did you mean hide?',
            '5:88: pages[0].masks[1].mode: "hid" is none of ignore, hide, remove, layout. Did you mean hide?',
        ],
        id="mask mode",
    ),
    pytest.param(
        "pages: [{id: home, url: 'https://x.example/', masks: [{mode: ignore}]}]",
        ["5:55: pages[0].masks[0]: must have exactly one of `selector`, `xpath` and `box`."],
        id="mask of nothing",
    ),
    pytest.param(
        "metrics: [ssim, mssim, ssim]",
        [
            '5:17: metrics[1]: there is no metric "mssim". Did you mean ssim?',
            "5:24: metrics[2]: the metric ssim is named twice. Keep one of them.",
        ],
        id="metrics",
    ),
    pytest.param(
        "thresholds: {sensitivity: norml, kinds: {moovd: 0.5, moved: 3}, scores: {ssm: 1, ssim: high}}",
        [
            '5:27: thresholds.sensitivity: "norml" is none of relaxed, normal, strict. Did you mean normal?',
            '5:42: thresholds.kinds.moovd: "moovd" is none of missing, extra, moved, resized, reordered, wrapped, collision, '
            "element-protrusion, viewport-protrusion, clipped, small-range, text, image-broken, glyph-missing, colour, font, "
            "paint. Did you mean moved?",
            "5:61: thresholds.kinds.moved: must be a severity between 0 and 1, or `never`, not 3.",
            '5:74: thresholds.scores.ssm: there is no metric "ssm". Did you mean ssim?',
            '5:88: thresholds.scores.ssim: must be a number, not "high".',
        ],
        id="thresholds",
    ),
    pytest.param(
        "defaults: {fulPage: true}",
        ["5:12: defaults.fulPage: there is no key `fulPage` here. Did you mean fullPage?"],
        id="defaults",
    ),
    pytest.param(
        "x-anything: [1, {2: 3}]\nextra: 1",
        [
            "6:1: extra: there is no key `extra` here. There are version, reference, defaults, metrics, fit, networks, "
            "thresholds, devices, login, pages."
        ],
        id="room for anchors, and nothing else",
    ),
]


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_value(tmp_path, text, expected):
    assert problems(tmp_path, f"{HEAD}{text}\n") == [f"devices.yaml:{line}" for line in expected]


DOCUMENTS = [
    pytest.param(b"", ["devices.yaml: is empty. `compatcheck init` writes one to start from."], id="empty"),
    pytest.param(
        b"# nothing\n", ["devices.yaml: is empty. `compatcheck init` writes one to start from."], id="a comment only"
    ),
    pytest.param(
        b"- a\n",
        [
            "devices.yaml:1:1: must be a mapping with `version`, `reference` and `devices`, not a list. `compatcheck init` "
            "writes one to start from."
        ],
        id="a list",
    ),
    pytest.param(b"a: \xff\n", ["devices.yaml:1:4: is not UTF-8 text (byte 0xff). Save it as UTF-8."], id="not UTF-8"),
    pytest.param(
        b"version: 1\ndevices:\n\t- a\n",
        [
            "devices.yaml:3:1: is not YAML: while scanning for the next token, found character '\\t' that cannot start any "
            "token. YAML is indented with spaces, not tabs."
        ],
        id="a tab",
    ),
    pytest.param(
        b"devices: [{id: a\n",
        ["devices.yaml:2:1: is not YAML: while parsing a flow mapping, expected ',' or '}', but got '<stream end>'."],
        id="not closed",
    ),
    pytest.param(
        b"devices:\n  - {id: a, server: ${GRID}}\n",
        [
            "devices.yaml:2:22: is not YAML: while parsing a flow mapping, expected ',' or '}', but got '{'. Inside { } and "
            '[ ], put it in quotes: "${NAME}".'
        ],
        id="a variable in braces",
    ),
    pytest.param(
        b"a: 1\n---\nb: 2\n",
        ["devices.yaml:2:1: is not YAML: expected a single document in the stream, but found another document."],
        id="two documents",
    ),
    pytest.param(
        b'a: "\\UFFFFFFFF"\n', ["devices.yaml: holds an escape in quotes that is no character"], id="bad escape"
    ),
    pytest.param(b"[" * 5000, ["devices.yaml: is nested more than 100 levels deep"], id="deep"),
    pytest.param(
        b"a: " + b"[" * 150 + b"]" * 150,
        ["devices.yaml: is nested more than 100 levels deep."],
        id="a little less deep",
    ),
    pytest.param(
        b"a: &a [*a]\nversion: 1\n",
        [
            "devices.yaml:1:1: reference: the key `reference` is missing.",
            "devices.yaml:1:1: devices: the key `devices` is missing.",
            "devices.yaml:1:1: a: there is no key `a` here. There are version, reference, defaults, metrics, fit, "
            "networks, thresholds, devices, login, pages.",
            "devices.yaml:1:4: a[0]: is an alias of something that it is itself a part of.",
        ],
        id="a snake that eats its tail",
    ),
    pytest.param(
        b"version: 2\n",
        ["devices.yaml:1:10: version: this compatcheck reads version 1, not 2. Write version: 1."],
        id="version",
    ),
    pytest.param(
        b'version: "1"\n',
        ['devices.yaml:1:10: version: this compatcheck reads version 1, not "1". Write version: 1.'],
        id="version as text",
    ),
    pytest.param(
        b"version: 1\nreference: a\ndevices: []\n",
        ['devices.yaml:2:12: reference: there is no device "a".', "devices.yaml:3:10: devices: must not be empty."],
        id="no device",
    ),
    pytest.param(
        b"version: 1\nreference: desktp\ndevices:\n  - {id: desktop}\n",
        ['devices.yaml:2:12: reference: there is no device "desktp". Did you mean desktop?'],
        id="unknown reference",
    ),
    pytest.param(
        b"version: 1\nreference: {phone: x, tablett: desktop}\ndevices:\n  - {id: desktop}\n",
        [
            'devices.yaml:2:20: reference.phone: there is no device "x". There are desktop.',
            "devices.yaml:2:23: reference.tablett: there is no key `tablett` here. Did you mean tablet?",
        ],
        id="unknown reference of a class",
    ),
    pytest.param(
        b"version: 1\nreference: all\ndevices:\n  - {id: all, widths: {from: 320, to: 500}}\n",
        ['devices.yaml:2:12: reference: "all" stands for many widths; a reference is one device. Perhaps all-WIDTH?'],
        id="many widths for a reference",
    ),
]


@pytest.mark.parametrize(("text", "expected"), DOCUMENTS)
def test_document(tmp_path, text, expected):
    assert problems(tmp_path, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)),
        "a0: &a0 {}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 10)),
    ],
    ids=["aliases", "merges"],
)
def test_bomb_goes_out(tmp_path, text):
    assert problems(tmp_path, text) == [
        "devices.yaml: stands for more than 200,000 values: look for aliases (*name) of aliases."
    ]


def test_everything_at_once(tmp_path):
    """A file wrong in the schema, in its cross references and in its environment says all of it."""
    found = problems(
        tmp_path,
        "version: 1\nreference: dekstop\ndevices:\n  - {id: desktop, browser: x}\n  - {id: desktop, preset: ${A}}\n".replace(
            "${A}", '"${A}"'
        ),
    )
    assert [line.split(":")[1] for line in found] == ["2", "4", "5", "5"]


def test_missing_folder_and_unreadable(tmp_path):
    def said(path) -> str:
        with pytest.raises(MatrixError) as caught:
            load_matrix(path)
        return str(caught.value).replace(f"{tmp_path}/", "")

    assert said(tmp_path / "no.yaml") == "no.yaml: there is no such file. `compatcheck init` writes one to start from."
    (tmp_path / "folder").mkdir()
    assert said(tmp_path / "folder") == "folder: is a folder. Name the YAML file in it."
    assert "cannot be read" in said(tmp_path / "a\0b")
    shut = tmp_path / "shut.yaml"
    shut.write_text(HEAD)
    shut.chmod(0)
    if not os.access(shut, os.R_OK):  # root may read everything
        assert said(shut) == "shut.yaml: may not be read by this user. Check its permissions."


def test_large_file_is_a_mistake(tmp_path):
    found = problems(tmp_path, b"#" * (2 * 1024 * 1024 + 1))
    assert found == [
        "devices.yaml: has 2,097,153 bytes; more than 2,097,152 is taken for a mistake. Give long lists of pages with "
        "--urls FILE."
    ]


def test_message_never_quotes_a_secret(tmp_path):
    text = f'{HEAD}  - {{id: a, driver: remote, server: "${{GRID}}", browser: "${{GRID}}"}}\n'
    found = "\n".join(problems(tmp_path, text, {"GRID": "hunter2.example/wd"}))
    assert "hunter2" not in found
    assert '"${GRID}" has no scheme. Did you mean https://${GRID}?' in found
