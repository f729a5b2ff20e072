"""The page of pairs can be read by everybody: enough contrast in every theme, and nothing moves."""

import re
from importlib import resources

import pytest

STYLE = (resources.files("tunewright.judge.people") / "pairs.css").read_text(encoding="utf-8")
THEMES = dict(zip(("light", "dark", "print"), re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL), strict=True))
TEXT = [("ink", "ground"), ("ink", "raised"), ("ink", "wash"), ("soft", "ground"), ("soft", "raised"),
        ("on-accent", "accent"), ("warn", "warn-ground")]


def luminance(colour: str) -> float:
    """WCAG 2.1 relative luminance of #rgb or #rrggbb."""
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[at:at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_has_the_contrast_of_wcag_aa(theme, ink, ground):
    colours = dict(re.findall(r"--([\w-]+): (#\w+)", THEMES[theme]))
    light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_every_theme_has_every_colour():
    names = [set(re.findall(r"--([\w-]+): #", theme)) for theme in THEMES.values()]
    assert names[0] == names[1] == names[2]


def test_nothing_moves():
    assert not re.search(r"transition|animation|scroll-behavior", STYLE)
