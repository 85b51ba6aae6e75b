"""Which shots are taken, what is compared with what, and which twins that takes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compatcheck.errors import UsageError
from compatcheck.geometry import Size
from compatcheck.model.matrix import Device, Matrix, Page, Screen
from compatcheck.plan import PAIR_SECONDS, baseline_of, estimate_cost, honours_mobile, make_plan

DESKTOP = Screen(Size(1280, 800))
PHONE = Screen(Size(390, 844), 3.0, is_mobile=True, has_touch=True)
HOME = Page("home", "https://shop.example/")
CART = Page("cart", "https://shop.example/cart")


def device(name: str, browser="chromium", screen: Screen = DESKTOP, **more) -> Device:
    return Device(name, browser, screen, **more)


def matrix(*devices: Device, **reference: str) -> Matrix:
    named = {"desktop": devices[0].id, "tablet": devices[0].id, "phone": devices[0].id, **reference}
    return Matrix(devices=devices, reference=named)


REFERENCE = device("ref")


def slugs(plan) -> list[str]:
    return [shot.slug for shot in plan.shots]


def test_equal_looks_need_no_twin():
    plan = make_plan(matrix(REFERENCE, device("fox", "firefox")), [HOME])
    assert slugs(plan) == ["home/ref", "home/fox"]
    own, pair = plan.pairs
    assert own.is_reference
    assert own.candidate == own.baseline == own.reference
    assert (pair.reference.slug, pair.baseline.slug, pair.candidate.slug) == ("home/ref", "home/ref", "home/fox")
    assert not pair.uses_twin


def test_twin_has_the_candidates_look_and_the_references_engine():
    reference = replace(
        REFERENCE, capabilities={"a:b": 1}, options={"binary": "/opt/c"}, timeout=99.0, readiness="fast"
    )
    phone = device(
        "phone",
        "firefox",
        PHONE,
        user_agent="me",
        preset="X",
        in_app="line",
        locale="de-DE",
        timezone="Europe/Berlin",
        color_scheme="dark",
        reduced_motion=True,
        options={"binary": "/opt/f"},
        capabilities={"moz:x": 1},
    )
    twin = baseline_of(reference, phone)
    assert twin == replace(
        reference,
        id=twin.id,
        screen=PHONE,
        user_agent="me",
        locale="de-DE",
        timezone="Europe/Berlin",
        color_scheme="dark",
        reduced_motion=True,
        twin_of="ref",
    )


def test_twin_id():
    assert baseline_of(REFERENCE, device("a", screen=Screen(Size(390, 844)))).id == "ref~390x844@1"
    assert re.fullmatch(
        r"ref~390x844@3-mobile-touch-ua[0-9a-f]{8}",
        baseline_of(REFERENCE, device("a", screen=PHONE, user_agent="me")).id,
    )
    fractional = Screen(Size(412, 839), 2.625, has_touch=True)
    assert baseline_of(REFERENCE, device("a", screen=fractional, locale="en-GB")).id == "ref~412x839@2.625-touch-en-gb"


CHANGES = [
    {"screen": Screen(Size(1281, 800))},
    {"screen": Screen(Size(1280, 801))},
    {"screen": Screen(Size(1280, 800), 2.0)},
    {"screen": Screen(Size(1280, 800), has_touch=True)},
    {"screen": Screen(Size(1280, 800), is_mobile=True)},
    {"user_agent": "me"},
    {"user_agent": "you"},
    {"locale": "de"},
    {"timezone": "Etc/GMT+1"},
    {"timezone": "Etc/GMT-1"},
    {"color_scheme": "dark"},
    {"color_scheme": "light"},
    {"reduced_motion": True},
    {"reduced_motion": False},
    {"full_page": False},
    {"own": frozenset({"fullPage"})},
    {"full_page": False, "own": frozenset({"fullPage"})},
]


def test_every_look_has_an_id_of_its_own():
    twins = [baseline_of(REFERENCE, replace(device("a", "firefox"), **change)) for change in CHANGES]
    assert len({twin.id for twin in twins}) == len(CHANGES)


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_everything_a_page_can_notice_asks_for_a_twin(change):
    twin = baseline_of(REFERENCE, replace(device("a", "firefox"), **change))
    assert twin.twin_of == "ref"
    for name, value in change.items():
        assert getattr(twin, name) == value


def test_what_a_page_cannot_notice_does_not():
    other = device("a", "firefox", timeout=1.0, readiness="none", options={"binary": "x"}, capabilities={"a:b": 1})
    assert baseline_of(REFERENCE, other) is REFERENCE


def test_full_page_of_a_device_reaches_its_baseline():
    """The device's own word wins over the page's: both sides of a pair must be as tall."""
    candidate = replace(device("a", "firefox"), full_page=False, own=frozenset({"fullPage", "id"}))
    plan = make_plan(matrix(REFERENCE, candidate), [replace(HOME, full_page=True)])
    pair = plan.pairs[1]
    assert (pair.candidate.full_page, pair.baseline.full_page, pair.reference.full_page) == (False, False, True)
    candidate = replace(candidate, full_page=True)
    pair = make_plan(matrix(REFERENCE, candidate), [replace(HOME, full_page=False)]).pairs[1]
    assert (pair.candidate.full_page, pair.baseline.full_page, pair.reference.full_page) == (True, True, False)


@pytest.mark.parametrize(
    ("candidate", "mobile"),
    [
        (device("a", "chromium", PHONE), True),
        (device("a", "firefox", PHONE), True),
        (device("a", "webkit", PHONE), False),
        (device("a", "safari", PHONE, driver="appium"), True),
        (device("a", "safari", PHONE, driver="remote"), True),
        (device("a", "webkit", PHONE, driver="folder"), True),
    ],
)
def test_mobile_is_handed_on_only_where_it_is_honoured(candidate, mobile):
    assert honours_mobile(candidate) is mobile
    assert baseline_of(REFERENCE, candidate).screen.is_mobile is mobile


def test_twin_sends_the_references_user_agent_when_the_candidate_declares_none():
    reference = replace(REFERENCE, user_agent="ref's")
    assert baseline_of(reference, device("fox", "firefox")) is reference
    assert baseline_of(reference, device("phone", "firefox", PHONE)).user_agent == "ref's"


def test_equal_twins_are_shared_and_taken_once_per_page():
    plan = make_plan(
        matrix(REFERENCE, device("a", "firefox", PHONE), device("b", "chromium", PHONE), device("c", "webkit", PHONE)),
        [HOME, CART],
    )
    twins = [shot for shot in plan.shots if shot.device.twin_of]
    assert [shot.slug for shot in twins] == [
        "home/ref~390x844@3-mobile-touch",
        "home/ref~390x844@3-touch",  # WebKitGTK cannot obey the viewport meta tag
        "cart/ref~390x844@3-mobile-touch",
        "cart/ref~390x844@3-touch",
    ]
    assert len(slugs(plan)) == len(set(slugs(plan))) == 2 * 6
    assert [(pair.candidate.page.id, pair.candidate.device.id) for pair in plan.pairs] == [
        (page, name) for page in ("home", "cart") for name in ("ref", "a", "b", "c")
    ]


def test_locales_that_differ_in_case_share_a_twin():
    one, two = device("a", "firefox", PHONE, locale="en-GB"), device("b", "firefox", PHONE, locale="en-gb")
    plan = make_plan(matrix(REFERENCE, one, two), [HOME])
    assert len([shot for shot in plan.shots if shot.device.twin_of]) == 1


def test_each_class_has_its_reference():
    pixel = device("pixel", "chromium", PHONE)
    plan = make_plan(
        matrix(REFERENCE, device("fox", "firefox"), pixel, device("iphone", "firefox", PHONE), phone="pixel"), [HOME]
    )
    found = {pair.candidate.device.id: (pair.reference.device.id, pair.baseline.device.id) for pair in plan.pairs}
    assert found == {
        "ref": ("ref", "ref"),
        "fox": ("ref", "ref"),
        "pixel": ("pixel", "pixel"),
        "iphone": ("pixel", "pixel"),
    }


def test_folder():
    pictures = device("pictures", screen=PHONE, driver="folder", options={"folder": "x"})
    as_reference = make_plan(matrix(pictures, device("fox", "firefox")), [HOME])
    assert as_reference.pairs[1].baseline.device is pictures
    as_candidate = make_plan(matrix(REFERENCE, pictures), [HOME])
    assert as_candidate.pairs[1].uses_twin


def test_filter():
    chosen = matrix(REFERENCE, device("fox", "firefox"), device("phone", "firefox", PHONE))
    plan = make_plan(chosen, [HOME], devices=["phone"])
    assert [pair.candidate.device.id for pair in plan.pairs] == ["phone"]
    assert slugs(plan) == ["home/ref", "home/ref~390x844@3-mobile-touch", "home/phone"]
    assert slugs(make_plan(chosen, [HOME], devices=["ref"])) == ["home/ref"]
    assert [pair.candidate.device.id for pair in make_plan(chosen, [HOME], devices=["phone", "ref"]).pairs] == [
        "ref",
        "phone",
    ]


def test_filter_by_group():
    wide = [device(f"w-{width}", screen=Screen(Size(width, 800)), group="w") for width in (320, 640)]
    plan = make_plan(matrix(REFERENCE, *wide), [HOME], devices=["w"])
    assert [pair.candidate.device.id for pair in plan.pairs] == ["w-320", "w-640"]


def test_usage_errors():
    chosen = matrix(REFERENCE, device("firefox", "firefox"))
    with pytest.raises(UsageError, match=r'^there is no device "fierfox"\. Did you mean firefox\?$'):
        make_plan(chosen, [HOME], devices=["fierfox"])
    with pytest.raises(UsageError, match=r'^there is no device "zzz"\. There are ref, firefox\.$'):
        make_plan(chosen, [HOME], devices=["zzz"])
    with pytest.raises(UsageError, match="no page to look at"):
        make_plan(chosen, [])
    with pytest.raises(UsageError, match='two pages have the id "home"'):
        make_plan(chosen, [HOME, replace(CART, id="home")])


screens = st.builds(
    Screen,
    st.builds(Size, st.sampled_from([320, 390, 1280]), st.sampled_from([640, 800])),
    st.sampled_from([1.0, 2.0, 2.625]),
    st.booleans(),
    st.booleans(),
)
any_device = st.builds(
    Device,
    id=st.just("x"),
    browser=st.sampled_from(["chromium", "firefox", "webkit"]),
    screen=screens,
    user_agent=st.sampled_from([None, "a", "b"]),
    locale=st.sampled_from([None, "de", "de-DE"]),
    timezone=st.sampled_from([None, "Etc/GMT+1", "Etc/GMT-1"]),
    color_scheme=st.sampled_from([None, "light", "dark"]),
    reduced_motion=st.sampled_from([None, True, False]),
    full_page=st.booleans(),
    own=st.sampled_from([frozenset(), frozenset({"fullPage"})]),
)


@given(any_device, st.lists(any_device, max_size=6))
def test_twins_are_equal_exactly_when_their_ids_are(reference, others):
    reference = replace(reference, id="ref")
    twins = [baseline_of(reference, other) for other in others]
    for one in twins:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@~-]*", one.id)
        for two in twins:
            assert (one == two) == (one.id == two.id)
        # a twin is its own baseline: looking at it as a candidate asks for nothing new
        if one.twin_of:
            assert baseline_of(reference, replace(one, id="y", twin_of=None)).id == one.id


@given(st.lists(any_device, min_size=1, max_size=6), st.integers(1, 3))
def test_every_page_and_device_has_one_pair_and_every_shot_is_taken_once(others, count):
    devices = [replace(other, id=f"d{index}") for index, other in enumerate(others)]
    pages = [Page(f"p{index}", "https://a.example/") for index in range(count)]
    plan = make_plan(matrix(*devices), pages)
    assert len(plan.pairs) == len(devices) * count
    assert len(set(slugs(plan))) == len(plan.shots)
    needed = {shot.slug for pair in plan.pairs for shot in (pair.reference, pair.baseline, pair.candidate)}
    assert needed == set(slugs(plan))
    assert sum(len(plan.shots_of(one)) for one in plan.devices()) == len(plan.shots)


def test_cost():
    plan = make_plan(matrix(REFERENCE, device("a", "firefox", PHONE), device("b", "firefox")), [HOME, CART])
    cost = estimate_cost(plan)
    assert (cost.shots, cost.looks, cost.twins, cost.sessions, cost.pairs) == (8, 8, 2, 4, 6)
    assert cost.pictures == 8 + 4
    assert estimate_cost(plan, jobs=1).seconds > cost.seconds > 0
    assert str(cost).startswith("8 shots (2 of them by twins) in 4 sessions, 6 outcomes, 12 pictures; about ")
    far = make_plan(matrix(device("r", driver="remote"), device("f", driver="folder")), [HOME])
    assert estimate_cost(far).sessions == 1
    assert estimate_cost(far).seconds > 10


def test_cost_of_looks_and_browsers_that_devices_share():
    phones = [device(name, "chromium", PHONE) for name in ("a", "b", "c")]
    plan = make_plan(matrix(REFERENCE, *phones), [HOME])
    alone, shared = estimate_cost(make_plan(matrix(REFERENCE, phones[0]), [HOME])), estimate_cost(plan)
    assert (shared.shots, shared.looks) == (5, 2)  # the three and their twin ask for one look
    assert shared.sessions == 2
    assert estimate_cost(plan, jobs=1).sessions == 1
    assert str(shared).startswith("5 shots (1 of them by twins), 2 looks in 2 sessions, 4 outcomes, 8 pictures; about ")
    assert shared.seconds == pytest.approx(alone.seconds + 2 * PAIR_SECONDS / 2, abs=0.2)
