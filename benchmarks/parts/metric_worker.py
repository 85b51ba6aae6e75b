"""One competitor of `benchmarks/metrics.py` in a process of its own: `python metric_worker.py NAME`, then JSON lines.

It is told `{"a": FILE, "b": FILE}` (RGB arrays as .npy, or PNG files for what reads files itself), answers `{}`, and then for
every empty line computes once and answers `{"seconds": …, "processor": seconds of it, "value": …, "peak": bytes of memory at most}`. It imports nothing
but what its competitor needs, because TensorFlow lives in an environment without the rest.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[[], float]


def _load(path: str) -> Any:
    import numpy as np

    return np.load(path)


def _ours(metric: str) -> Callable[[str, str], Run]:
    def prepare(a: str, b: str) -> Run:
        from compatcheck.metrics import load_metric
        from compatcheck.metrics.threads import at_most

        reference, candidate, loaded = _load(a), _load(b), load_metric(metric)

        def run() -> float:
            with at_most(1):
                return float(loaded.score(reference, candidate, with_map=False).value or 0.0)

        return run

    return prepare


def _ours_lpips(precision: str, *, keep: bool) -> Callable[[str, str], Run]:
    def prepare(a: str, b: str) -> Run:
        from compatcheck.metrics import score_pair
        from compatcheck.metrics.devices import networks_by_name
        from compatcheck.metrics.threads import at_most

        reference, candidate = _load(a), _load(b)
        networks = networks_by_name("cpu", precision)

        def run() -> float:
            with at_most(1):
                found = score_pair(reference, candidate, ["lpips"], with_maps=False, networks=networks, keep=keep)
            if found["lpips"].value is None:
                raise RuntimeError(found["lpips"].note)
            return found["lpips"].value

        if keep:
            run()  # another candidate of this reference came before
        return run

    return prepare


def _ours_files(metrics: list[str], heat: str) -> Callable[[str, str], Run]:
    def prepare(a: str, b: str) -> Run:
        from compatcheck import picture
        from compatcheck.metrics import score_pair, write_heat_map

        def run() -> float:
            reference, candidate = picture.read_all((a, b))
            scores = score_pair(reference, candidate, metrics, with_maps=["ssim"] if heat else False)
            surface = scores["ssim"].map
            if heat and surface is not None:
                write_heat_map(heat, candidate, surface)
            return float(scores["ssim"].value or 0.0)

        return run

    return prepare


def _torch_pair(a: str, b: str, dtype: Any) -> tuple[Any, Any]:
    import torch

    torch.set_num_threads(1)
    first, second = (torch.from_numpy(_load(path)).permute(2, 0, 1)[None].contiguous().to(dtype) for path in (a, b))
    return first, second


def _pytorch_msssim(a: str, b: str) -> Run:
    import torch
    from pytorch_msssim import ms_ssim

    first, second = _torch_pair(a, b, torch.float32)

    def run() -> float:
        with torch.inference_mode():
            return float(ms_ssim(first, second, data_range=255))

    return run


def _tensorflow(a: str, b: str) -> Run:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    first, second = (tf.constant(_load(path)[None]) for path in (a, b))
    graph = tf.function(lambda one, two: tf.image.ssim_multiscale(one, two, 255))
    graph(first, second)  # traced once

    def run() -> float:
        return float(graph(first, second).numpy()[0])

    return run


def _skimage(a: str, b: str) -> Run:
    from skimage.metrics import structural_similarity

    first, second = _load(a), _load(b)

    def run() -> float:
        return float(
            structural_similarity(
                first,
                second,
                channel_axis=2,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
                data_range=255,
            )
        )

    return run


def _piq(a: str, b: str) -> Run:
    import cv2
    import numpy as np
    import torch

    from tests.unit.metrics.peers import piq_module

    torch.set_num_threads(1)
    planes = (cv2.cvtColor(_load(path), cv2.COLOR_RGB2GRAY).astype(np.float32) for path in (a, b))
    first, second = (torch.from_numpy(plane)[None, None] for plane in planes)
    score = piq_module("iw_ssim").information_weighted_ssim

    def run() -> float:
        with torch.inference_mode():
            return float(score(first, second, data_range=255))

    return run


def _rgba(path: str) -> bytes:
    import numpy as np

    picture = _load(path)
    return bytes(np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]).tobytes())


def _blazediff_ssim(a: str, b: str) -> Run:
    from blazediff_ssim import compare_rgba

    height, width = _load(a).shape[:2]
    first, second = _rgba(a), _rgba(b)
    return lambda: float(compare_rgba(first, second, width, height, metric="ms-ssim").score)


def _blazediff(a: str, b: str) -> Run:
    from blazediff import compare

    return lambda: float(compare(a, b).diff_percentage or 0.0)


def _lpips_package(a: str, b: str) -> Run:
    """The package's own code on the weights that are installed here, without torchvision's download."""
    import types

    import torch
    from torch import nn

    from compatcheck.weights import load_trunk

    layers: list[nn.Module] = []
    for kind in ((3, 64, 11, 4, 2), "pool", (64, 192, 5, 1, 2), "pool", (192, 384, 3, 1, 1), (384, 256, 3, 1, 1),
                 (256, 256, 3, 1, 1), "pool"):  # fmt: skip
        if isinstance(kind, str):
            layers.append(nn.MaxPool2d(3, 2))
        else:
            into, out, size, stride, padding = kind
            layers += [nn.Conv2d(into, out, size, stride, padding), nn.ReLU(inplace=True)]
    network = nn.Module()
    network.features = nn.Sequential(*layers)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in load_trunk("alex").items()})
    stand_in, models = types.ModuleType("torchvision"), types.ModuleType("torchvision.models")
    models.alexnet = lambda *_, **__: network  # type: ignore[attr-defined]
    stand_in.models = models  # type: ignore[attr-defined]
    sys.modules |= {"torchvision": stand_in, "torchvision.models": models}
    import lpips

    score = lpips.LPIPS(net="alex", verbose=False).eval()
    first, second = _torch_pair(a, b, torch.float32)

    def run() -> float:
        with torch.inference_mode():
            return float(score(first / 127.5 - 1, second / 127.5 - 1))

    return run


COMPETITORS: dict[str, Callable[[str, str], Run]] = {
    "pytorch-msssim": _pytorch_msssim,
    "tensorflow": _tensorflow,
    "scikit-image": _skimage,
    "piq": _piq,
    "blazediff-ssim": _blazediff_ssim,
    "blazediff": _blazediff,
    "lpips": _lpips_package,
    "our ms_ssim": _ours("ms_ssim"),
    "our ms_ssim:luma": _ours("ms_ssim:luma"),
    "our ssim": _ours("ssim"),
    "our iw_ssim:luma": _ours("iw_ssim:luma"),
    "our lpips": _ours_lpips("exact", keep=False),
    "our lpips, fast": _ours_lpips("fast", keep=False),
    "our lpips, fast, kept": _ours_lpips("fast", keep=True),
    "our files": _ours_files(["psnr", "ssim", "ms_ssim"], ""),
}


def _peak() -> int:
    """Bytes of memory at most so far. Linux's `ru_maxrss` would begin with what the process that started this one had."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(each for each in status.read_text(encoding="ascii").splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Serve one competitor."""
    name, *rest = sys.argv[1:]
    prepare = _ours_files(["psnr", "ssim", "ms_ssim"], rest[0]) if rest else COMPETITORS[name]
    run: Run = lambda: 0.0  # noqa: E731 - until the first pair is told
    for line in sys.stdin:
        answer: dict[str, float] = {}
        if line.strip():
            told = json.loads(line)
            run = prepare(told["a"], told["b"])
            run()
        else:
            start, busy = time.perf_counter(), time.process_time()
            value = run()
            seconds, processor = time.perf_counter() - start, time.process_time() - busy
            answer = {"seconds": seconds, "processor": processor, "value": value, "peak": _peak()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
