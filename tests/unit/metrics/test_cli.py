"""`compatcheck metrics` on the command line: scores, study, evaluate; mistakes are one line and exit code 2."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from compatcheck.cli.app import run_app
from compatcheck.metrics.study.distortions import DISTORTIONS
from compatcheck.picture import write_png
from tests.unit.metrics.samples import noisy, page


@pytest.fixture
def shot(tmp_path):
    path = tmp_path / "shot.png"
    write_png(path, page(120, 100))
    return path


@pytest.fixture
def judged(tmp_path):
    """Two cases of people's choices in BAPPS layout: they prefer what has less noise."""
    subset = tmp_path / "data" / "2afc" / "ours"
    for case in range(2):
        reference = page(64, 64, seed=case)
        for side, amount in (("ref", 0), ("p0", 3), ("p1", 25)):
            write_png(subset / side / f"{case}.png", noisy(reference, amount, case) if amount else reference)
        (subset / "judge").mkdir(exist_ok=True)
        np.save(subset / "judge" / f"{case}.npy", np.array([0.25]))
    return tmp_path / "data"


def command(capsys, *arguments):
    code = run_app(["metrics", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_study_is_a_page_and_says_what_each_metric_is_blind_to(shot, tmp_path, capsys):
    code, out, err = command(capsys, "study", shot, "-o", tmp_path / "out", "--metrics", "ssim,histogram")
    assert code == 0
    assert out.splitlines()[0].startswith("ssim: ")
    assert out.splitlines()[-1] == str(tmp_path / "out" / "index.html")
    assert all(f"scoring {each.name}" in err for each in DISTORTIONS)
    facts = json.loads((tmp_path / "out" / "study.json").read_text())
    assert set(facts["metrics"]) == {"ssim", "histogram"}
    assert facts["picture"]["title"] == "shot.png"


def test_agreement_with_people_is_a_table_or_json(judged, capsys):
    code, out, _ = command(capsys, "evaluate", judged, "--metrics", "ssim,mse")
    assert code == 0
    assert "0.7500" in out
    code, out, _ = command(capsys, "evaluate", judged, "--metrics", "mse", "--limit", "1", "--json")
    assert code == 0
    (found,) = json.loads(out)["agreements"]
    assert found == {"task": "2afc", "subset": "2afc/ours", "metric": "mse", "value": 0.75, "cases": 1, "note": ""}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["study", "nowhere.png", "-o", "OUT"], "nowhere.png: there is no such file"),
        (["study", "SHOT", "-o", "SHOT"], "cannot be written to"),
        (["study", "SHOT", "-o", "OUT", "--metrics", "beauty"], "no metric called 'beauty'"),
        (["study", "SHOT", "-o", "OUT", "--metrics", ","], "names no metric"),
        (["evaluate", "nowhere"], "no such folder"),
        (["evaluate", "EMPTY"], "no data in BAPPS layout"),
        (["evaluate", "EMPTY", "--device", "abacus"], "no device called 'abacus'"),
        (["SHOT", "SHOT", "--precision", "sloppy"], "no precision called 'sloppy'"),
    ],
)
def test_mistakes_are_told_in_one_line(shot, tmp_path, capsys, arguments, words):
    (tmp_path / "empty").mkdir()
    places = {"SHOT": shot, "OUT": tmp_path / "out", "EMPTY": tmp_path / "empty"}
    code, _, err = command(capsys, *(places.get(each, each) for each in arguments))
    assert code == 2
    told = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(told) == 1
    assert words in err
    assert "Traceback" not in err


def bad_files(folder, shot):
    """Files that are no pictures, by what the message says after the file's name."""
    whole = shot.read_bytes()
    header = struct.pack(">IIBBBBB", 200_000, 200_000, 8, 2, 0, 0, 0)
    huge = b"IHDR" + header
    chunk = struct.pack(">I", 13) + huge + struct.pack(">I", zlib.crc32(huge))
    contents = {
        "empty.png": (b"", "the file is empty."),
        "text.png": (
            b"no picture at all",
            "not a picture, or too damaged to tell; PNG, JPEG, WebP, BMP, GIF or TIFF is read.",
        ),
        "cut.png": (whole[: len(whole) // 2], "the PNG is cut short or damaged (it has no end, "),
        "huge.png": (whole[:8] + chunk + whole[33:], "200000 × 200000 is absurdly large for a picture; the limit is "),
    }
    for name, (data, message) in contents.items():
        (folder / name).write_bytes(data)
        yield folder / name, message
    yield folder / "nowhere.png", "there is no such file."
    yield folder, "cannot be read (Is a directory)."


def test_bad_files_are_named_with_what_is_wrong(shot, tmp_path, capsys):
    for path, message in bad_files(tmp_path, shot):
        for pair in ((path, shot), (shot, path)):
            code, out, err = command(capsys, *pair, "--metrics", "psnr")
            assert code == 2
            assert out == ""
            assert f"{path}: {message}" in " ".join(err.split())
            assert "Traceback" not in err


def test_one_inserted_banner_costs_its_own_height_and_the_rule_is_told(tmp_path, capsys):
    picture = page(1200, 700)
    banner = np.full((60, 700, 3), (200, 40, 60), np.uint8)
    write_png(tmp_path / "a.png", picture)
    write_png(tmp_path / "b.png", np.concatenate([picture[:200], banner, picture[200:]]))
    found = {}
    for fit in ("align", "resize", "pad", "crop"):
        arguments = (tmp_path / "a.png", tmp_path / "b.png", "--metrics", "ssim,ms_ssim", "--fit", fit)
        code, out, _ = command(capsys, *arguments, "--json", "--map", tmp_path / fit)
        assert code == 0
        found[fit] = json.loads(out)
        assert found[fit]["fit"] == fit
        maps = {name: tmp_path / fit / f"{name}.png" for name in ("ssim", "ms_ssim")}
        assert found[fit]["maps"] == {name: str(path) for name, path in maps.items()}
        assert {*(tmp_path / fit).iterdir()} == {*maps.values()}
        _, out, _ = command(capsys, *arguments)
        assert f"fit: {fit}" in out
    code, out, _ = command(capsys, *arguments[:2], "--metrics", "psnr", "--map", tmp_path / "none")
    assert code == 0
    assert "heat-maps: none, as no metric here has one for this pair" in out
    assert "60 CSS px of rows are only in the candidate" in " ".join(found["align"]["fitNotes"])
    assert all(value > 0.96 for value in found["align"]["scores"].values())
    assert all(value < 0.8 for fit in ("resize", "pad", "crop") for value in found[fit]["scores"].values())


def test_files_of_other_kinds_of_pixel_meet_on_common_ground(tmp_path, capsys):
    """Grey, palette and 16 bits of one picture are equal; a picture of 1 × 1 has an answer."""
    grey = np.repeat(page(60, 60)[..., :1], 3, axis=2)
    Image.fromarray(grey).save(tmp_path / "rgb.png")
    Image.fromarray(grey[..., 0]).save(tmp_path / "grey.png")
    Image.fromarray(grey[..., 0]).convert("P").save(tmp_path / "palette.png")
    Image.fromarray(grey[..., 0].astype(np.uint16) * 257).save(tmp_path / "deep.png")
    for other in ("grey.png", "palette.png", "deep.png"):
        code, out, _ = command(capsys, tmp_path / "rgb.png", tmp_path / other, "--metrics", "psnr,ssim", "--json")
        assert code == 0
        assert json.loads(out)["scores"] == {"psnr": 150.0, "ssim": 1.0}
    for level in (0, 255):
        Image.new("RGB", (1, 1), (level, level, level)).save(tmp_path / f"{level}.png")
    code, out, _ = command(capsys, tmp_path / "0.png", tmp_path / "255.png", "--metrics", "psnr,ssim,ms_ssim", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["scores"]["psnr"] == 0
    assert 0 <= found["scores"]["ssim"] < 0.001
    assert "1 of 5 scales" in found["notes"]["ms_ssim"]


def test_two_pictures_need_no_word_and_fast_is_said(shot, tmp_path, capsys):
    other = tmp_path / "other.png"
    write_png(other, noisy(page(120, 100), 20))
    code, out, _ = command(capsys, shot, other, "--metrics", "lpips,psnr", "--precision", "fast", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["scores"]["psnr"] > 10
    if found["scores"]["lpips"] is None:
        pytest.skip(found["notes"]["lpips"])
    assert "bfloat16" in found["notes"]["lpips"]


def test_without_the_c_library_the_numbers_are_the_same(shot, tmp_path):
    other = tmp_path / "other.png"
    write_png(other, noisy(page(120, 100), 20))
    found = []
    for native in ("1", "0"):
        done = subprocess.run(
            [sys.executable, "-m", "compatcheck", "metrics", shot, other, "--metrics", "psnr,ssim,ms_ssim", "--json"],
            env={**os.environ, "COMPATCHECK_NATIVE": native},
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(json.loads(done.stdout)["scores"])
    assert found[0].keys() == {"psnr", "ssim", "ms_ssim"}
    assert found[0] == pytest.approx(found[1], abs=1e-5)
