"""The command line as a user meets it: what is printed, which exit code, and that no error shows a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from compatcheck import picture
from compatcheck.capture import DRIVERS
from compatcheck.capture.fake import FakeDriver, hide, stacked
from compatcheck.cli.app import run_app

MATRIX = """
version: 1
reference: desktop
metrics: [ssim]
devices:
  - {id: desktop, browser: chromium, viewport: {width: 800, height: 600}}
  - {id: firefox, browser: firefox, viewport: {width: 800, height: 600}}
  - {id: phone, browser: chromium, preset: Pixel 8}
pages:
  - {id: home, url: "https://shop.example/"}
"""


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A folder with a matrix, whose devices are drawn."""
    (tmp_path / "devices.yaml").write_text(MATRIX)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(DRIVERS, "selenium", lambda: FakeDriver(stacked("Header", "Hello there", "!Buy now")))
    return tmp_path


def command(capsys, *arguments: str) -> tuple[int, str, str]:
    code = run_app(list(arguments))
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return code, captured.out, captured.err


def test_run_matches(project, capsys):
    code, out, _ = command(capsys, "run", "devices.yaml")
    assert code == 0, out
    assert "✓ match home · firefox" in out
    latest = project / "reports" / "latest"
    assert {"index.html", "results.json", "junit.xml", "captures"} <= {path.name for path in latest.iterdir()}
    assert str(project / "reports") in out or "reports/" in out


def test_run_flags_one_device_only(project, capsys, monkeypatch):
    driver = FakeDriver(stacked("Header", "Hello there", "!Buy now"), faults={"firefox": [hide("Buy now")]})
    monkeypatch.setitem(DRIVERS, "selenium", lambda: driver)
    code, out, _ = command(capsys, "run", "devices.yaml")
    assert code == 1
    assert "✗ flagged home · firefox" in out
    assert "Buy now" in out
    results = json.loads((project / "reports/latest/results.json").read_text())
    assert {o["device"]["id"]: o["verdict"] for o in results["outcomes"]} == {
        "desktop": "match", "firefox": "flagged", "phone": "match",
    }  # fmt: skip


def test_json_goes_to_standard_output_alone(project, capsys):
    code, out, err = command(capsys, "run", "--json")
    assert code == 0
    assert json.loads(out)["schemaVersion"] == 1
    assert "report:" in err


def test_quiet_says_nothing(project, capsys):
    assert command(capsys, "run", "--quiet") == (0, "", "")


def test_urls_from_a_file_and_from_standard_input(project, capsys, monkeypatch):
    (project / "urls.txt").write_text("# the shop\nhttps://shop.example/\n\nhttps://shop.example/list  # a list\n")
    code, out, _ = command(capsys, "run", "--urls", "urls.txt", "--device", "firefox")
    assert code == 0
    assert out.count("match") >= 2
    monkeypatch.setattr(sys, "stdin", open(project / "urls.txt"))  # noqa: SIM115, PTH123
    assert command(capsys, "run", "--urls", "-", "--dry-run")[0] == 0
    sys.stdin.close()


def test_dry_run_prints_the_plan_and_looks_at_nothing(project, capsys, monkeypatch):
    monkeypatch.setitem(DRIVERS, "selenium", lambda: pytest.fail("it looked"))
    code, out, _ = command(capsys, "run", "--dry-run")
    assert code == 0
    assert "desktop~" in out
    assert not (project / "reports").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "nowhere.yaml"], "nowhere.yaml"),
        (["run", "--url", "shop.example"], "https://shop.example"),
        (["run", "--urls", "no-such-file"], "no-such-file"),
        (["run", "--device", "firefocks"], "firefox"),
        (["run", "--page", "hom"], "home"),
        (["run", "--resume", "nothing"], "nothing"),
        (["compare", "a.png", "b.png"], "a.png"),
        (["devices", "no-such-phone"], "no-such-phone"),
        (["init"], "--force"),
        (["no-such-command"], "no-such-command"),
        (["run", "--jobs", "0"], "jobs"),
    ],
)
def test_bad_usage_is_one_message_and_code_2(project, capsys, arguments, said):
    code, out, err = command(capsys, *arguments)
    assert code == 2
    assert said in err
    assert out == ""


def test_a_matrix_without_pages_asks_for_a_url(project, capsys):
    (project / "devices.yaml").write_text(MATRIX.split("pages:", maxsplit=1)[0])
    code, _, err = command(capsys, "run")
    assert code == 2
    assert "--url" in err


def test_validate_lists_every_problem_with_its_place(project, capsys):
    (project / "devices.yaml").write_text(
        MATRIX.replace("browser: firefox", "browzer: firefox").replace("reference: desktop", "reference: desktp")
    )
    code, _, err = command(capsys, "validate")
    assert code == 2
    assert "devices.yaml:7" in err
    assert "browzer" in err
    assert "desktp" in err


def test_init_writes_a_matrix_that_validates(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command(capsys, "init", "mine.yaml")[0] == 0
    assert command(capsys, "validate", "mine.yaml")[0] == 0


def test_devices_and_schema(project, capsys):
    code, out, _ = command(capsys, "devices", "iphone 15")
    assert code == 0
    assert "iPhone 15" in out
    names = json.loads(command(capsys, "devices", "--json")[1])
    assert len(names["presets"]) >= 60
    assert json.loads(command(capsys, "schema")[1])["properties"]["devices"]
    assert json.loads(command(capsys, "schema", "--results")[1])["properties"]["outcomes"]


def write(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.write_png(path, pixels)


@pytest.fixture
def pictures() -> np.ndarray:
    pixels = np.full((300, 200, 3), 255, np.uint8)
    cv2.rectangle(pixels, (20, 20), (180, 60), (30, 60, 200), -1)
    cv2.putText(pixels, "Hello", (30, 150), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    return pixels


def test_compare_equal_pictures(tmp_path, capsys, pictures, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.png", pictures)
    write(tmp_path / "b.png", pictures)
    code, out, _ = command(capsys, "compare", "a.png", "b.png", "--metrics", "psnr,ssim")
    assert code == 0, out
    results = json.loads((tmp_path / "reports/latest/results.json").read_text())
    assert results["outcomes"][0]["scores"]["ssim"] == 1


def test_compare_folders_by_name(tmp_path, capsys, pictures, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for side in ("a", "b"):
        write(tmp_path / side / "home.png", pictures)
        write(tmp_path / side / "shop/list.png", pictures)
    write(tmp_path / "a/only-here.png", pictures)
    code, _, _ = command(capsys, "compare", "a", "b", "--metrics", "ssim")
    assert code == 3  # one page could not be compared
    results = json.loads((tmp_path / "reports/latest/results.json").read_text())
    assert {o["page"]["id"]: o["verdict"] for o in results["outcomes"]} == {
        "home": "match", "only-here": "failed", "shop-list": "match",
    }  # fmt: skip


def test_a_picture_that_is_cut_short_is_a_failed_outcome(tmp_path, capsys, pictures, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.png", pictures)
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:-100])
    code, out, _ = command(capsys, "compare", "a.png", "b.png", "--metrics", "ssim")
    assert code == 3
    assert "b.png" in out


def test_a_picture_against_a_folder_is_refused(tmp_path, capsys, pictures, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.png", pictures)
    write(tmp_path / "b/a.png", pictures)
    assert command(capsys, "compare", "a.png", "b")[0] == 2


def test_missing_weights_are_told_once_and_the_run_goes_on(project, capsys, monkeypatch):
    (project / "devices.yaml").write_text(MATRIX.replace("[ssim]", "[ssim, lpips]"))
    monkeypatch.setenv("COMPATCHECK_WEIGHTS", str(project / "no-weights"))
    driver = FakeDriver(stacked("Header", "Hello"), faults={"firefox": [hide("Hello")], "phone": [hide("Hello")]})
    monkeypatch.setitem(DRIVERS, "selenium", lambda: driver)
    code, out, _ = command(capsys, "run")
    assert code == 1
    assert out.count("compatcheck weights install") == 1
    outcome = json.loads((project / "reports/latest/results.json").read_text())["outcomes"][1]
    assert outcome["scores"]["lpips"] is None
    assert 0 < outcome["scores"]["ssim"] < 1


def test_github_gets_a_summary_and_annotations(project, capsys, monkeypatch):
    driver = FakeDriver(stacked("Header", "!Buy now"), faults={"firefox": [hide("Buy now")]})
    monkeypatch.setitem(DRIVERS, "selenium", lambda: driver)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project / "summary.md"))
    code, _, err = command(capsys, "run", "--quiet")
    assert code == 1
    assert err.startswith("::error title=home on firefox%3A flagged::")
    assert "firefox" in (project / "summary.md").read_text()


def flagged_run(project, capsys, monkeypatch) -> dict:
    driver = FakeDriver(stacked("Header", "!Buy now"), faults={"firefox": [hide("Buy now")]})
    monkeypatch.setitem(DRIVERS, "selenium", lambda: driver)
    assert command(capsys, "run")[0] == 1
    results = json.loads((project / "reports/latest/results.json").read_text())
    return next(o for o in results["outcomes"] if o["verdict"] == "flagged")


def test_a_waived_finding_does_not_flag_the_next_run(project, capsys, monkeypatch):
    finding = next(d for d in flagged_run(project, capsys, monkeypatch)["divergences"] if d["flags"])
    accept = ("waive", "--page", "home", "--device", "firefox", "--finding", finding["id"])
    assert command(capsys, *accept)[0] == 2  # no reason
    assert command(capsys, *accept, "--reason", "sold out", "--owner", "kim")[0] == 0
    assert "sold out" in (project / "waivers.yaml").read_text()
    code, out, _ = command(capsys, "run")
    assert code == 0, out
    results = json.loads((project / "reports/latest/results.json").read_text())
    waived = [d["waivedBy"] for o in results["outcomes"] for d in o["divergences"] if d["id"] == finding["id"]]
    assert waived
    assert command(capsys, "waive", "--undo", waived[0])[0] == 0
    assert command(capsys, "run")[0] == 1
    assert command(capsys, "waive", "--undo", "w-nothing")[0] == 2


def test_reports_are_written_again_and_packed(project, capsys, monkeypatch):
    flagged_run(project, capsys, monkeypatch)
    latest = (project / "reports/latest").resolve()
    (latest / "index.html").unlink()
    code, _, _ = command(capsys, "report", "--single-file", "--zip")
    assert code == 0
    assert (latest / "index.html").is_file()
    assert (latest / "report.html").stat().st_size > (latest / "index.html").stat().st_size
    assert Path(f"{latest}.zip").is_file()
    assert command(capsys, "report", "--format", "papyrus")[0] == 2
    assert command(capsys, "report", "no-such-run")[0] == 2


def test_shards_are_merged(project, capsys, monkeypatch):
    flagged_run(project, capsys, monkeypatch)
    first = (project / "reports/latest").resolve()
    assert command(capsys, "run", "--device", "phone", "-o", "other")[0] == 0
    code, _, _ = command(capsys, "merge", str(first), "other", "-o", "joined")
    assert code == 1  # one is flagged
    merged = json.loads((project / "joined/latest/results.json").read_text())
    assert {o["device"]["id"] for o in merged["outcomes"]} == {"desktop", "firefox", "phone"}


def test_help_is_light():
    """`--help` never loads what is heavy; how long it takes is for benchmarks/startup.py to say."""
    test = (
        "import sys; from compatcheck.cli.app import run_app; code = run_app(['--help']); "
        "heavy = {'torch', 'cv2', 'selenium', 'numpy', 'pydantic', 'scipy', 'skimage'} & set(sys.modules); "
        "sys.exit(f'loaded: {heavy}' if heavy or code else 0)"
    )
    done = subprocess.run([sys.executable, "-c", test], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "run" in done.stdout


def test_the_module_and_the_version():
    done = subprocess.run(
        [sys.executable, "-m", "compatcheck", "--version"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith("compatcheck ")


def test_a_reader_that_goes_away_is_no_traceback(project):
    done = subprocess.run(
        f"{sys.executable} -m compatcheck schema | head -c 10", shell=True, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr


def test_metrics_of_two_pictures(tmp_path, capsys, pictures):
    a, b = tmp_path / "a.png", tmp_path / "b.png"
    write(a, pictures)
    write(b, 255 - pictures)
    code, out, _ = command(
        capsys, "metrics", str(a), str(b), "--metrics", "ssim,ms_ssim,mse", "--json", "--map", str(tmp_path / "m")
    )
    assert code == 0
    found = json.loads(out)
    assert found["fit"] in {"same", "align"}
    assert found["scores"]["mse"] > 10000
    assert -1 <= found["scores"]["ssim"] < 0.5
    assert (tmp_path / "m" / "ssim.png").is_file()
    code, out, _ = command(capsys, "metrics", str(a), str(a), "--metrics", "ssim")
    assert code == 0
    assert "structure" in out
    assert command(capsys, "metrics", str(a), "nothing.png")[0] == 2
    assert command(capsys, "metrics", str(a), str(b), "--metrics", "sim")[0] == 2
    assert command(capsys, "metrics", str(a), str(b), "--fit", "squeeze")[0] == 2
