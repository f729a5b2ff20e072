"""The template of a text: the words that are left once what fills its gaps is taken out.

Texts made from one template differ in names, numbers, addresses and what a recogniser put in place of them. Each text
is looked at by itself, so that records which are added change nothing about those that are there.
"""

import re

_WORD = re.compile(r"(?P<gap>\[[A-Z_]+\]|\S*(?:@|://|\d)(?:\S*[^\s.!?:])?)|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)|(?P<end>[.!?:\n])")
NOTHING = "names and numbers alone"
"""The template of a text that has nothing else, so that such texts have one in common."""


def template(text: str) -> str:
    """The words of the template, in small letters.

    Left out are labels of masked values such as `[PHONE]`, whatever holds a digit, addresses of mail and web, and
    capitalised words inside a sentence, which name somebody or something. In a text that is all in small or all in
    capital letters nothing tells a name, so its words all stay.
    """
    found = [(one.lastgroup, one.group()) for one in _WORD.finditer(text)]
    letters = "".join(word for group, word in found if group == "word")
    telling = not letters.islower() and not letters.isupper()
    words, begins = [], True
    for group, word in found:
        if group == "word" and (begins or not telling or word.islower()):
            words.append(word.lower())
        begins = group == "end"
    return " ".join(words) or NOTHING
