"""Whatever is in the file, a user gets a Matrix or a MatrixError."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compatcheck.errors import MatrixError
from compatcheck.matrix import load_matrix, read_waivers
from compatcheck.matrix.schema import DefaultsBlock, DeviceBlock, MatrixBlock, PageBlock
from compatcheck.plan import make_plan

KEYS = sorted(
    {
        field.alias or name
        for block in (MatrixBlock, DeviceBlock, PageBlock, DefaultsBlock)
        for name, field in block.model_fields.items()
    }
    | {
        "width",
        "height",
        "from",
        "to",
        "step",
        "selector",
        "mode",
        "context",
        "open",
        "deepLink",
        "kinds",
        "scores",
        "<<",
    }
)
WORDS = [
    "chromium",
    "iPhone 15",
    "wechat",
    "a",
    "https://a.example/",
    "${X}",
    "${X:-1}",
    "remote",
    "folder",
    "auto",
    "desktop",
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 20000),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(WORDS),
    st.dates(),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(st.sampled_from(KEYS), scalars), inner, max_size=5)
    ),
    max_leaves=25,
)
devices = st.dictionaries(st.sampled_from(KEYS), values, max_size=6)
matrices = st.fixed_dictionaries(
    {
        "version": st.just(1),
        "reference": values,
        "devices": st.one_of(values, st.lists(devices, min_size=1, max_size=3)),
    },
    optional=dict.fromkeys(("defaults", "pages", "metrics", "thresholds", "extra"), values),
)


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def load(folder: Path, data: bytes) -> None:
    file = folder / "devices.yaml"
    file.write_bytes(data)
    with contextlib.suppress(MatrixError):
        matrix = load_matrix(file, environ={"X": "${Y}"})
        if matrix.pages:
            make_plan(matrix, matrix.pages)
    with contextlib.suppress(MatrixError):
        read_waivers(file)


many = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@many
@given(data=st.binary(max_size=200))
def test_bytes(folder, data):
    load(folder, data)


@many
@given(text=st.text(alphabet="{}[]:,-&*!|>'\"%@`#?\n\t abc1.<~\\uU0é\u2028", max_size=60))
def test_yaml_like_text(folder, text):
    load(folder, text.encode("utf-8", "surrogatepass"))


@many
@given(value=values)
def test_any_value(folder, value):
    load(folder, yaml.safe_dump(value, allow_unicode=True).encode("utf-8", "surrogatepass"))


@many
@given(value=matrices)
def test_almost_a_matrix(folder, value):
    load(folder, yaml.safe_dump(value).encode())
