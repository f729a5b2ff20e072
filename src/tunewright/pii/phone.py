"""Phone numbers: by their form where it tells them (international, North American, with a trunk 0), else by a word.

Nothing but a list of all numbers ever given out could tell a local number from another number of its length, so
those count only where the nearest word before them, or a label right after them, speaks of phones.
"""

import re

from tunewright.pii.recogniser import before

# Country codes of ITU-T E.164: one digit, the two-digit ones, and the zones in which every code has three.
_CODE = (r"(?:1|7|20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
         r"|2[12345689]\d|3[578]\d|42\d|50\d|59\d|6[789]\d|80[08]|85\d|87\d|88\d|9[679]\d)")
_INTERNATIONAL = re.compile(rf"\(?(?:\+|00[ .-]?(?=[1-9])){_CODE}(?:[ ./-]?\(0?\d{{1,4}}\)|[ ./-]?\d+)(?:[ ./-]{{0,2}}"
                            rf"(?:\d+|\(\d+\)))*")
_AMERICAN = re.compile(r"(?:1[ .-])?(?:\([2-9]\d\d\)[ .-]{0,2}\d{3}[ .-]\d{4}|[2-9]\d\d([ .-])\d{3}\1\d{4})")
_TRUNK = re.compile(r"(?:\(0[1-9]\d{0,4}\)|0[1-9]\d{0,4})(?:[ .-]| ?/ ?)\d{2,8}(?:[ .-]\d{2,8}){0,4}"
                    r"|\(0[1-9]\d{0,4}\)\d{4,8}")
_LOCAL = re.compile(r"\d{7,15}|\(\d{1,5}\)[ ./-]{0,2}\d{2,8}(?:[ .-]\d{2,8}){0,4}"
                    r"|\d{1,6}(?:(?P<gap>[ .-])| ?/ ?)\d{2,8}(?:(?(gap)(?P=gap)|[ .-])\d{2,8}){0,4}")
OTHER = re.compile(r"(?:19|20)\d\d([./-])\d\d?\1\d\d?(?:[ -]\d\d?)?|\d\d?([./-])\d\d?\2(?:19|20)\d\d(?: \d\d?)?"
                    r"|\d{1,3}(?:\.\d{3}){2,}|\d{1,4}\.\d{3,}")
"""What has as many digits and is another thing: a day and its hour, a number with points after every three digits."""
_PHONES = frozenset({
    "phone", "phones", "telephone", "telephones", "smartphone", "tel", "telf", "tlf", "telefon", "telefono",
    "teléfono", "téléphone", "telefone", "telefoon", "mobile", "mobiles", "mobil", "cell", "cells", "cellular",
    "cellphone", "handy", "rufnummer", "móvil", "celular", "cellulare", "fax", "faxes", "call", "calls",
    "called", "calling", "dial", "dialed", "dialled", "dialing", "ring", "rang", "reach", "reached", "reachable",
    "contact", "contacts", "contacted", "texts", "texted", "sms", "whatsapp", "signal", "viber", "hotline",
    "voicemail", "message", "messages", "answering", "desk", "landline", "extension", "appeler", "appelez",
    "anruf", "anrufen", "ruf", "rufen", "erreichen", "erreichbar", "llamar", "llame", "chiamare", "chiami", "ligar",
    "ligue", "bel", "bellen", "numero", "número"})
_OTHERS = frozenset({
    "order", "orders", "invoice", "bill", "ticket", "ref", "reference", "case", "serial", "version", "policy",
    "account", "acct", "tracking", "isbn", "ean", "sku", "article", "part", "item", "model", "customer", "client",
    "member", "transaction", "id", "zip", "postcode", "plz", "amount", "price", "usd", "eur", "gbp", "step", "steps",
    "year", "years", "population", "miles", "km", "port", "commit", "hash", "$", "€", "£"})
# Written without a space to what follows.
_ASIAN = ("电话", "電話", "手机", "手機", "携帯", "传真", "전화", "휴대폰")
_WORD = re.compile(r"[^\W\d_]+|[$€£]")
_LABEL = re.compile(r"[\s,(-]{0,3}(?:office|fax|mobile|cell|home|work|desk|phone|tel|handy|direct)\b", re.IGNORECASE)
_EXTENSION = re.compile(r"[ ,]{0,2}(?:x|ext\.?|extension|durchwahl|#)[ .:]{0,2}\d{1,6}(?![0-9A-Za-z])", re.IGNORECASE)


def by_form(written: str, digits: str) -> bool:
    """Whether the writing alone tells a phone number."""
    count = len(digits)
    international = digits.removeprefix("00") if written[0] in "0(" else digits
    # North America's numbers all have ten digits after the code.
    lengths = (11,) if international[0] == "1" else range(8, 16)
    if not written.isdigit() and len(international) in lengths and _INTERNATIONAL.fullmatch(written):
        return True
    if count in (10, 11) and _AMERICAN.fullmatch(written):
        return True
    # A postcode and a house number are five digits and four.
    least = 10 if written[:5].isdigit() else 9
    return least <= count <= 12 and _TRUNK.fullmatch(written) is not None


def by_word(written: str, digits: str, text: str, start: int, end: int) -> bool:
    """Whether a word makes this a phone number: the nearest before it in `text`, or a label right after it."""
    stop = start + len(written)
    if not 7 <= len(digits) <= 15 or OTHER.fullmatch(written) or text.startswith("=", stop, end):  # a sum is none
        return False
    if not (_LOCAL.fullmatch(written) or _INTERNATIONAL.fullmatch(written)):
        return False
    return _spoken_of(before(text, start)) or _LABEL.match(text, stop, end) is not None


def _spoken_of(said: str) -> bool:
    """Whether the last word of `said` that tells anything tells of phones."""
    for word in reversed(_WORD.findall(said.lower())):
        if word in _PHONES:
            return True
        if word in _OTHERS:
            return False
        if not word.isascii() and any(asian in word for asian in _ASIAN):
            return True
    return False


def extended(text: str, at: int, end: int) -> int:
    """Where a phone number ends that has come to `at`: after its extension, if one follows."""
    extension = _EXTENSION.match(text, at, end)
    return extension.end() if extension else at
