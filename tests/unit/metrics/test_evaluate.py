from __future__ import annotations

import ast
import shutil
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from compatcheck.errors import UsageError
from compatcheck.metrics.evaluate import ALL, average_precision, evaluate, two_afc
from compatcheck.picture import write_png
from tests.unit.metrics.samples import noisy, page


@pytest.fixture
def data(tmp_path):
    """Three cases of each task: people prefer, and take for the same, what has less noise."""
    for case in range(3):
        name = f"{case:06}"
        reference = page(70, 80, seed=case)
        choice, noticed = tmp_path / "2afc" / "val" / "cnn", tmp_path / "jnd" / "val" / "traditional"
        amounts = (4, 30) if case else (30, 4)
        write_png(choice / "ref" / f"{name}.png", reference)
        for side, amount in zip(("p0", "p1"), amounts, strict=True):
            write_png(choice / side / f"{name}.png", noisy(reference, amount, case))
        write_png(noticed / "p0" / f"{name}.png", reference)
        write_png(noticed / "p1" / f"{name}.png", noisy(reference, 5 * case + 1))
        for folder, value in ((choice / "judge", 0.0 if case else 0.8), (noticed / "same", 1.0 if case == 0 else 0.0)):
            folder.mkdir(parents=True, exist_ok=True)
            np.save(folder / f"{name}.npy", np.array([value], np.float32))
    return tmp_path


def test_agreement_of_metrics_that_order_as_people_do(data):
    found = evaluate(data, ["ssim", "mse"])
    values = {(each.task, each.subset, each.metric): each.value for each in found}
    assert set(values) == {
        (task, subset, metric)
        for task, subset in (("2afc", "2afc/val/cnn"), ("jnd", "jnd/val/traditional"))
        for metric in ("ssim", "mse")
    }
    for metric in ("ssim", "mse"):
        assert values["2afc", "2afc/val/cnn", metric] == pytest.approx((0.8 + 1 + 1) / 3)
        assert values["jnd", "jnd/val/traditional", metric] == 1
    assert {each.cases for each in found} == {3}
    assert {each.cases for each in evaluate(data, ["mse"], limit=2)} == {2}


def test_metrics_that_cannot_be_computed_are_listed_with_the_reason(data, monkeypatch, tmp_path):
    monkeypatch.setenv("COMPATCHECK_WEIGHTS", str(tmp_path / "none"))
    found = [each for each in evaluate(data, ["lpips", "mse"]) if each.metric == "lpips"]
    assert [each.value for each in found] == [None, None]
    assert "weights install" in found[0].note


def test_two_alternatives_by_hand():
    first, second = np.array([1.0, 2.0, 3.0]), np.array([2.0, 1.0, 3.0])
    judge = np.array([0.25, 0.75, 0.9])
    assert two_afc(first, second, judge) == pytest.approx((0.75 + 0.75 + 0.5) / 3)


def test_average_precision_by_hand():
    distances = np.array([0.1, 0.2, 0.3, 0.4])
    assert average_precision(distances, np.array([1.0, 1.0, 0.0, 0.0])) == 1
    # Right at ranks 2 and 4: precision 1/2 and 2/4, half of the recall each.
    assert average_precision(distances, np.array([0.0, 1.0, 0.0, 1.0])) == pytest.approx(0.5)
    assert average_precision(distances, np.zeros(4)) == 0


def published_average_precision():
    """The `voc_ap` that BAPPS's own evaluation calls, taken out of the `lpips` package without importing all of it."""
    source = Path(str(metadata.distribution("lpips").locate_file("lpips/__init__.py"))).read_text()
    (function,) = (node for node in ast.parse(source).body if getattr(node, "name", "") == "voc_ap")
    names = {"np": np}
    # The rest of the package imports all of torchvision.
    exec(compile(ast.Module([function], []), "lpips", "exec"), names)
    return names["voc_ap"]


def test_average_precision_is_that_of_the_lpips_package():
    voc_ap, rng = published_average_precision(), np.random.default_rng(0)
    for cases in (1, 2, 7, 100):
        distances, same = rng.random(cases), rng.integers(0, 4, cases) / 3
        same[0] = 1
        sames = same[np.argsort(distances)]
        right, wrong = np.cumsum(sames), np.cumsum(1 - sames)
        want = voc_ap(right / sames.sum(), right / (right + wrong))
        assert average_precision(distances, same) == pytest.approx(want, abs=1e-12)


def test_the_mean_of_a_tasks_subsets_counts_each_the_same(data):
    shutil.copytree(data / "jnd/val/traditional", data / "jnd/val/cnn")
    for case, value in enumerate((0.0, 0.0, 1.0)):
        np.save(data / f"jnd/val/cnn/same/{case:06}.npy", np.array([value]))
    found = {(each.task, each.subset): each for each in evaluate(data, ["mse"])}
    parts = [found["jnd", f"jnd/val/{subset}"].value for subset in ("cnn", "traditional")]
    assert parts == [pytest.approx(1 / 3), 1]
    assert found["jnd", ALL].value == pytest.approx(sum(parts) / 2)
    assert found["jnd", ALL].cases == 6
    assert ("2afc", ALL) not in found  # one subset is its own mean


def test_what_is_wrong_with_the_data_is_said_with_its_place(data, tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        evaluate(tmp_path / "nowhere", ["mse"])
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UsageError, match="no data in BAPPS layout"):
        evaluate(empty, ["mse"])
    judge = data / "2afc/val/cnn/judge/000001.npy"
    np.save(judge, np.array([3.0]))
    with pytest.raises(UsageError, match=r"000001\.npy: 3\.0 is no share"):
        evaluate(data, ["mse"])
    for what in (b"no number", b"", np.array("word").tobytes(), judge.read_bytes()[:-3]):
        judge.write_bytes(what)
        with pytest.raises(UsageError, match=r"000001\.npy: not a number in NumPy's format\.$"):
            evaluate(data, ["mse"])
    judge.unlink()
    with pytest.raises(UsageError, match=r"000001\.npy: there is no such file"):
        evaluate(data, ["mse"])
    (data / "2afc/val/cnn/ref/000000.png").unlink()
    with pytest.raises(UsageError, match="ref: no picture called 000000"):
        evaluate(data, ["mse"])
    write_png(data / "2afc/val/cnn/ref/000000.png", page(50, 80))
    with pytest.raises(UsageError, match=r"case 000000 have different sizes \(ref 80 × 50, p0 80 × 70, p1 80 × 70\)"):
        evaluate(data, ["mse"])
    shutil.rmtree(data / "2afc/val/cnn/judge")
    with pytest.raises(UsageError, match=r"2afc/val/cnn: has p0/, but neither ref/ with judge/ nor same/ beside it"):
        evaluate(data, ["mse"])
    with pytest.raises(UsageError, match="this is no folder"):
        evaluate(data / "jnd/val/traditional/same/000000.npy", ["mse"])
