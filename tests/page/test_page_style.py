import re
from importlib import resources

import pytest

STYLE = (resources.files("tunewright.page") / "report.css").read_text(encoding="utf-8")
THEMES = dict(zip(("light", "dark", "print"), re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL), strict=True))
PAIRS = [(ink, "ground") for ink in ("ink", "soft", "accent", "mute", "good", "bad", "open")]
PAIRS += [(ink, "raised") for ink in ("ink", "soft", "good", "bad")]
PAIRS += [(ink, f"{tone}-ground") for tone in ("good", "bad", "open") for ink in ("ink", tone)]


def luminance(colour):
    """WCAG 2.1 relative luminance of #rgb or #rrggbb."""
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[at:at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_has_the_contrast_of_wcag_aa(theme, ink, ground):
    colours = dict(re.findall(r"--([\w-]+): (#\w+)", THEMES[theme]))
    light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_both_themes_and_print_define_the_same_colours():
    names = [set(re.findall(r"--([\w-]+): #", theme)) for theme in THEMES.values()]
    assert names[0] == names[1] == names[2]


def test_every_colour_comes_from_the_theme():
    rules = re.sub(r":root \{.*?\}", "", STYLE, flags=re.DOTALL)
    assert not re.findall(r"[:\s](#[0-9a-f]{3,6}|rgba?\()", rules)
