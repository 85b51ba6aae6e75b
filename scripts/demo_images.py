"""Draws the demo shop's pictures into compatcheck/demo/site/images: all of them are made here, none was taken elsewhere.

Needs numpy and Pillow (both come with the set-up). Run it after changing a drawing: `python scripts/demo_images.py`.
The result is committed, so nobody needs this to run the demo.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

IMAGES = Path(__file__).resolve().parent.parent / "compatcheck" / "demo" / "site" / "images"
Colour = tuple[int, int, int]
Floats = NDArray[np.float64]


class Tin(NamedTuple):
    """One tea's tin: its body, its label's mark, and the card's background."""

    name: str
    body: str
    shade: str
    paper: str
    ground: str
    mark: str


LEAF = '<path d="M200 172c-34 22-40 60-2 90 36-30 36-66 2-90z" fill="{ink}"/><path d="M200 186v96" stroke="{paper}" stroke-width="4"/>'
HILLS = '<path d="M150 262q26-50 50-22 20-58 50 22z" fill="{ink}"/><circle cx="228" cy="190" r="13" fill="{ink}"/>'
SUN = '<circle cx="200" cy="222" r="30" fill="{ink}"/><path d="M146 266h108M158 280h84" stroke="{ink}" stroke-width="6" stroke-linecap="round"/>'
STAR = (
    '<path d="M200 174l13 33 33-13-13 33 33 13-33 13 13 33-33-13-13 33-13-33-33 13 13-33-33-13 33-13-13-33 33 13z" '
    'transform="translate(20 23) scale(.9)" fill="{ink}"/>'
)
FLOWER = "".join(
    f'<ellipse cx="200" cy="200" rx="13" ry="26" fill="{{ink}}" transform="rotate({angle} 200 226)"/>'
    for angle in range(0, 360, 60)
)
WAVES = "".join(
    f'<path d="M148 {y}q13-18 26 0t26 0 26 0 26 0" fill="none" stroke="{{ink}}" stroke-width="7" stroke-linecap="round"/>'
    for y in (196, 224, 252)
)

TINS = (
    Tin("longjing", "#2f6b4f", "#24543e", "#f4ead6", "#dfeadd", LEAF),
    Tin("tieguanyin", "#345b6d", "#274757", "#f2e8d5", "#dbe7ec", HILLS),
    Tin("keemun", "#8c3b2e", "#6f2d23", "#f6ead7", "#f3dfd6", SUN),
    Tin("peony", "#c9a45c", "#a98645", "#fbf4e4", "#f5ecd6", FLOWER),
    Tin("mint", "#3c8a7a", "#2e6d60", "#f3ecd8", "#d9ece6", STAR),
    Tin("assam", "#7a4a2b", "#5f3820", "#f4e6d0", "#efe0d2", WAVES),
    Tin("hibiscus", "#9b2f55", "#7c2343", "#f8e9e4", "#f4dbe3", FLOWER),
    Tin("genmaicha", "#6e7d3a", "#57642c", "#f6efd8", "#e8ecd5", LEAF),
)

TIN = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" width="400" height="300">
<rect width="400" height="300" fill="{ground}"/>
<g transform="translate(44 -12) scale(.78)">
<ellipse cx="200" cy="342" rx="118" ry="18" fill="#000" opacity=".12"/>
<path d="M100 104h200v222q0 16-16 16H116q-16 0-16-16z" fill="{body}"/>
<path d="M262 104h38v222q0 16-16 16h-22z" fill="{shade}"/>
<path d="M92 72q0-14 14-14h188q14 0 14 14v34H92z" fill="{shade}"/>
<path d="M92 96h216v10H92z" fill="{body}"/>
<rect x="122" y="142" width="156" height="164" rx="8" fill="{paper}"/>
<rect x="130" y="150" width="140" height="148" rx="4" fill="none" stroke="{body}" stroke-width="2"/>
{mark}
</g>
</svg>
"""


def noise(seed: int, length: int, octaves: int) -> Floats:
    """A smooth random line of `length` points in about -1..1: sines of falling size, the same for the same seed."""
    random = np.random.default_rng(seed)
    x = np.linspace(0, 2 * np.pi, length)
    line: Floats = np.zeros(length)
    for octave in range(1, octaves + 1):
        line += np.sin(x * octave * random.uniform(0.6, 1.4) + random.uniform(0, 6.28)) / octave**1.15
    return line / 1.8


def blend(one: Colour, other: Colour, share: Floats | float) -> Floats:
    """`one` going over into `other`; share 0..1, of any shape, gives that shape plus a colour axis."""
    part: Floats = np.asarray(share, dtype=float)[..., None]
    mixed: Floats = np.asarray(one) * (1 - part) + np.asarray(other) * part
    return mixed


def tea_hills(width: int, height: int) -> Image.Image:
    """Hills of tea one behind the other, in morning mist."""
    rows = np.arange(height)[:, None] * np.ones((1, width))
    picture = blend((250, 226, 190), (238, 240, 226), np.clip(rows / (height * 0.6), 0, 1))
    columns = np.arange(width)[None, :]
    distance = np.hypot((columns - width * 0.72) / width, (rows - height * 0.24) / width)
    picture = picture + (np.asarray((255, 250, 232)) - picture) * np.exp(-((distance / 0.14) ** 2))[..., None]
    disc = np.clip((0.045 - distance) * width / 1.5, 0, 1)
    picture = picture + (np.asarray((255, 246, 214)) - picture) * disc[..., None]
    layers = 6
    for layer in range(layers):
        near = layer / (layers - 1)
        ridge = height * (0.42 + 0.48 * near**1.1) + noise(11 + layer, width, 5) * height * (0.075 + 0.05 * near)
        inside = np.clip(rows - ridge[None, :], 0, 1)
        depth = np.clip((rows - ridge[None, :]) / (height * 0.34), 0, 1)
        colour = blend(
            (int(172 - 140 * near), int(196 - 108 * near), int(176 - 120 * near)),
            (int(214 - 120 * near), int(222 - 84 * near), int(198 - 112 * near)),
            depth,
        )
        # The rows of tea bushes: bands that follow the ridge, stronger on the near hills.
        bands = 0.5 + 0.5 * np.sin((rows - ridge[None, :]) / (5 + 9 * near) + 0.8 * np.sin(columns / (60 + 40 * near)))
        colour = colour * (1 - 0.13 * near * bands[..., None] * (1 - depth[..., None] * 0.4))
        picture = picture * (1 - inside[..., None]) + colour * inside[..., None]
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def tea_cup(width: int, height: int) -> Image.Image:
    """A cup of tea seen from above, on a wooden table, with three leaves in it."""
    scale = 2
    wide, high = width * scale, height * scale
    grain = noise(3, high, 40)[:, None] * 9 + np.sin(np.arange(wide) / 210)[None, :] * 4
    wood = np.clip(np.asarray((203, 167, 124))[None, None, :] + grain[..., None], 0, 255).astype(np.uint8)
    picture = Image.fromarray(wood)
    draw = ImageDraw.Draw(picture)
    for y in range(0, high, high // 4):
        draw.line((0, y, wide, y), fill=(168, 132, 92), width=3)
    x, y, radius = int(wide * 0.5), int(high * 0.51), int(high * 0.36)
    shadow = Image.new("L", (wide, high), 0)
    ImageDraw.Draw(shadow).ellipse((x - radius + 30, y - radius + 46, x + radius + 70, y + radius + 86), fill=120)
    picture.paste((70, 46, 26), mask=shadow.filter(ImageFilter.GaussianBlur(28)))
    draw = ImageDraw.Draw(picture)

    def disc(size: float, fill: Colour) -> None:
        draw.ellipse((x - radius * size, y - radius * size, x + radius * size, y + radius * size), fill=fill)

    disc(1.18, (236, 229, 214))
    disc(1.14, (246, 241, 230))
    disc(0.86, (224, 215, 197))
    disc(0.82, (250, 247, 240))
    for step in range(60):
        share = step / 59
        disc(0.74 - 0.5 * share, tuple(int(v) for v in blend((150, 92, 30), (214, 152, 62), share)))  # type: ignore[arg-type]
    for dx, dy, turn in ((-0.2, -0.1, 25), (0.16, 0.14, -40), (0.1, -0.26, 80)):
        leaf = Image.new("L", (160, 160), 0)
        ImageDraw.Draw(leaf).polygon([(14, 80), (60, 54), (146, 80), (60, 104)], fill=225)
        leaf = leaf.rotate(turn, resample=Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(1.5))
        picture.paste((64, 92, 44), (int(x + dx * radius) - 80, int(y + dy * radius) - 80), leaf)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def stamp(size: int) -> Image.Image:
    """The shop's red seal with a transparent ground: a leaf in a square, printed unevenly."""
    scale = 4
    side = size * scale
    ink = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(ink)
    edge = side // 14
    draw.rounded_rectangle((edge, edge, side - edge, side - edge), radius=side // 9, fill=255)
    middle = side / 2
    angles = np.linspace(0, np.pi, 40)
    bulge = np.sin(angles) ** 0.8 * side * 0.19
    heights = np.linspace(side * 0.18, side * 0.74, 40)
    outline = [*zip(middle - bulge, heights, strict=True), *zip((middle + bulge)[::-1], heights[::-1], strict=True)]
    draw.polygon([(float(x), float(y)) for x, y in outline], fill=0)
    draw.line((middle, side * 0.3, middle, side * 0.86), fill=0, width=side // 22)
    draw.line((middle, side * 0.32, middle, side * 0.7), fill=255, width=side // 40)
    worn = np.random.default_rng(5).uniform(0, 1, (side // 6 + 1, side // 6 + 1))
    wear = Image.fromarray((np.where(worn < 0.05, 90, 255)).astype(np.uint8)).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    alpha = Image.fromarray((np.asarray(ink, dtype=float) * np.asarray(wear) / 255).astype(np.uint8))
    picture = Image.new("RGBA", (side, side), (176, 52, 38, 0))
    picture.putalpha(alpha)
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def main() -> None:
    """Draw everything, and say how large it came out."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for tin in TINS:
        mark = tin.mark.format(ink=tin.body, paper=tin.paper)
        text = TIN.format(ground=tin.ground, body=tin.body, shade=tin.shade, paper=tin.paper, mark=mark)
        (IMAGES / f"tin-{tin.name}.svg").write_text(text, encoding="utf-8")
    tea_hills(1280, 960).save(IMAGES / "hills.jpg", quality=80, optimize=True, progressive=True)
    tea_cup(1200, 750).save(IMAGES / "cup.webp", quality=80, method=6)
    stamp(192).quantize(64).save(IMAGES / "stamp.png", optimize=True)
    for path in sorted(IMAGES.iterdir()):
        print(f"{path.stat().st_size:7d}  {path.name}")


if __name__ == "__main__":
    main()
