"""Word banks and makers of invented strings. Everything here was written for this project."""

from __future__ import annotations

from pretrain.doc import Rng


def _list(text: str) -> list[str]:
    """Words between white space."""
    return text.split()


FIRST = _list(
    """
Anna Ben Clara David Emma Felix Grace Henry Ines Jack Kate Liam Mia Noah Olivia Paul Quinn Rosa Sam Tina Uma Victor
Wendy Xavier Yara Zoe Aisha Bilal Chen Deepa Elif Farid Gita Hugo Imran Jun Kofi Leila Mateo Nadia Omar Priya Rashid
Sofia Tariq Usha Valentina Wei Yusuf Zara Aaron Beth Carlos Diana Ethan Fiona George Hannah Isaac Julia Kevin Laura
Marcus Nina Oscar Petra Ravi Sarah Tom Vera Walter Amara Boris Chloe Dmitri Esther Fatima Gavin Helga Igor Jana
Karim Lena Miguel Nora Pavel Rita Stefan Thea Viktor Amy Brian Carol Derek Eva Frank Gloria Harold Irene James Karen
Linda Mark Nancy Peter Rachel Simon Teresa Alan Bruno Cora José María Zoë Renée François Chloé Łukasz Małgorzata
Søren Åsa Jürgen Günter Óscar Núria Çağla Şebnem Dvořák Žofia Ilse Håkon Björn Siân Anaïs Noémie Mário João Inês Þór
Ögmundur Đorđe Ивáн Анна Олег Ольга Νίκος Ελένη 美咲 健太 小明 민준 서연
"""
)

LAST = _list(
    """
Smith Jones Brown Taylor Wilson Evans Walker Wright Green Hall Clarke Baker Cooper Ward Morris Khan Patel Singh
Sharma Gupta Kumar Das Rao Mehta Chowdhury Rahman Ahmed Ali Hassan Hussein Mansour Haddad Nasser Garcia Lopez Martin
Sanchez Torres Ramirez Flores Cruz Gomez Diaz Silva Santos Costa Pereira Almeida Rossi Ferrari Russo Bianchi Ricci
Conti Schmidt Weber Fischer Wagner Becker Hoffmann Keller Braun Vogel Lang Dubois Laurent Moreau Petit Lambert
Girard Novak Horvat Kowalski Nowak Zielinski Ivanov Petrov Volkov Popov Kim Park Lee Choi Tanaka Suzuki Sato Ito
Wang Zhang Liu Huang Nguyen Tran Pham Okafor Adeyemi Mensah Diallo Mbeki Olsen Hansen Berg Lund Nilsson Virtanen
Jansen Visser Bakker Murphy Kelly Byrne Quinn Fraser Campbell Reid Stone Hart Müller Schäfer Köhler Jäger Groß Núñez
Peña Muñoz Ibáñez Gonçalves Simões Çelik Yılmaz Öztürk Şahin Łuczak Wójcik Sørensen Ångström Håkansson Lindström
Nováková Dvořáková Škoda Željko Ðuričić Петров Смирнова Papadópoulos O'Brien O'Neill D'Angelo
"""
)

CITIES = _list(
    """
London Paris Berlin Madrid Rome Vienna Lisbon Dublin Oslo Warsaw Prague Athens Cairo Lagos Nairobi Accra Tunis Delhi
Mumbai Chennai Karachi Lahore Dhaka Tokyo Osaka Seoul Beijing Shanghai Hanoi Bangkok Manila Sydney Perth Auckland
Toronto Montreal Vancouver Chicago Boston Denver Austin Seattle Miami Portland Dallas Lima Bogota Quito Santiago
Havana Leeds York Bristol Cardiff Glasgow Ghent Lyon Nice Porto Seville Turin Graz Zürich Genève München Köln
Düsseldorf Malmö Göteborg Århus Kraków Łódź Gdańsk São_Paulo Bogotá Córdoba Málaga İzmir Reykjavík Brașov Plzeň
Nîmes Besançon New_York Los_Angeles San_Diego Cape_Town Hong_Kong Kuala_Lumpur Tel_Aviv Abu_Dhabi Den_Haag El_Paso
Buenos_Aires Salt_Lake_City
"""
)

PRODUCTS = _list(
    """
laptop phone tablet charger headphones keyboard monitor printer router camera speaker microphone blender kettle
toaster vacuum_cleaner coffee_machine air_fryer desk_lamp office_chair bookshelf mattress pillow blanket rug curtain
sofa dining_table garden_hose lawn_mower drill toolbox ladder tent sleeping_bag backpack suitcase water_bottle
running_shoes rain_jacket winter_coat wool_scarf leather_belt sunglasses wristwatch necklace perfume shampoo
toothbrush hair_dryer yoga_mat dumbbells bicycle helmet skateboard scooter baby_monitor stroller car_seat puzzle
board_game teddy_bear novel cookbook notebook fountain_pen calculator projector game_console memory_card hard_drive
power_bank smart_watch fitness_band thermostat door_lock light_bulb fan heater humidifier rice_cooker frying_pan
knife_set wine_glasses lunch_box dog_bed cat_tree aquarium bird_feeder premium_plan family_plan basic_plan gift_card
annual_pass phone_case screen_protector usb_cable
"""
)

SUFFIX = _list(
    """
Ltd Inc GmbH Group Labs Foods Logistics Media Partners Systems Bank Energy Motors Studio & Sons
"""
)
MONTHS = _list(
    """
January February March April May June July August September October November December
"""
)
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
DOMAINS = ["example.com", "example.org", "mail.example", "post.example", "inbox.test", "example.net"]
ONSETS = _list(
    """
b c d f g h j k l m n p r s t v w z br cl dr fl gr kr pl st tr sh ch th sk
"""
)
VOWELS = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "ai", "ea", "oo", "ie", "á", "é", "ö", "ü", "ı", "ø"]
CODAS = ["-", "-", "-", "n", "r", "s", "l", "t", "m", "k", "x", "nd", "rk"]


def made(rng: Rng, low: int = 1, high: int = 3) -> str:
    """An invented word of a few syllables, such as `brenolt`; now and then with an accent."""
    pool = VOWELS if rng.random() < 0.15 else VOWELS[:13]
    parts = [
        rng.choice(ONSETS) + rng.choice(pool) + rng.choice(CODAS).strip("-") for _ in range(rng.randint(low, high))
    ]
    return "".join(parts)


def junk(rng: Rng) -> str:
    """A random made-up string: letters, digits or both, any case."""
    letters = rng.choice(
        [
            "abcdefghijklmnopqrstuvwxyz",
            "ABCDEFGHJKLMNPQRSTUVWXYZ",
            "0123456789",
            "abcdef0123456789",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
            "aeiouxyzkqwåßñçéłž",
        ]
    )
    return "".join(rng.choice(letters) for _ in range(rng.randint(2, 8)))


def code(rng: Rng) -> str:
    """A reference such as `AB-4821`, `#77120`, `k3f9q` or `2291/B`."""
    upper = "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(rng.randint(1, 4)))
    digits = "".join(rng.choice("0123456789") for _ in range(rng.randint(2, 7)))
    return rng.choice(
        [
            f"{upper}-{digits}",
            f"{upper}{digits}",
            digits,
            f"{digits}-{upper}",
            f"{upper}_{digits}",
            f"{upper}-{digits[:3]}-{digits[::-1][:3]}",
            f"{digits}{upper}",
            junk(rng),
        ]
    )


def order(rng: Rng) -> str:
    """An order number."""
    digits = "".join(rng.choice("0123456789") for _ in range(rng.randint(4, 8)))
    return rng.choice([digits, digits, f"#{digits}", f"ORD-{digits}", f"A{digits}", code(rng)])


def first_name(rng: Rng) -> str:
    """A given name, one in five invented."""
    return made(rng, 2, 3).capitalize() if rng.random() < 0.2 else rng.choice(FIRST)


def last_name(rng: Rng) -> str:
    """A family name, one in four invented."""
    return made(rng, 2, 3).capitalize() if rng.random() < 0.25 else rng.choice(LAST)


def name(rng: Rng) -> str:
    """A full name."""
    middle = f" {rng.choice('ABCDEFGHJKLMNPRSTW')}." if rng.random() < 0.06 else ""
    return f"{first_name(rng)}{middle} {last_name(rng)}"


def city(rng: Rng) -> str:
    """A town, one in five invented."""
    return made(rng, 2, 3).capitalize() if rng.random() < 0.2 else rng.choice(CITIES).replace("_", " ")


def product(rng: Rng) -> str:
    """Something one buys; sometimes with an invented brand or model number."""
    thing = rng.choice(PRODUCTS).replace("_", " ")
    roll = rng.random()
    if roll < 0.2:
        return f"{made(rng, 2).capitalize()} {thing}"
    if roll < 0.3:
        return f"{made(rng, 2).capitalize()} {rng.choice('XSTGZ')}{rng.randint(1, 99)}"
    return thing


def company(rng: Rng) -> str:
    """A firm with an invented or a family name."""
    stem = made(rng, 2).capitalize() if rng.random() < 0.6 else rng.choice(LAST)
    return f"{stem} {rng.choice(SUFFIX)}" if rng.random() < 0.7 and "&" not in stem else stem


def money(rng: Rng) -> float:
    """An amount, mostly with cents."""
    whole = rng.choice([rng.randint(1, 99), rng.randint(1, 999), rng.randint(100, 9999)])
    return float(whole) if rng.random() < 0.4 else whole + rng.randint(1, 99) / 100


def date(rng: Rng) -> str:
    """A date in one of several spellings."""
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(2018, 2029)
    label = MONTHS[month - 1]
    return rng.choice(
        [
            f"{day} {label}",
            f"{label} {day}",
            f"{year}-{month:02d}-{day:02d}",
            f"{day:02d}/{month:02d}/{year}",
            f"{day} {label} {year}",
            f"{label[:3]} {day}",
            rng.choice(DAYS),
            f"{day}.{month}.{year}",
        ]
    )


def clock(rng: Rng) -> str:
    """A time of day."""
    hour, minute = rng.randint(0, 23), rng.choice([0, 0, 15, 30, 45, rng.randint(1, 59)])
    return rng.choice(
        [f"{hour:02d}:{minute:02d}", f"{hour % 12 or 12} {'am' if hour < 12 else 'pm'}", f"{hour}:{minute:02d}"]
    )


def email(rng: Rng) -> str:
    """An address under a reserved domain."""
    left = made(rng, 1, 2) if rng.random() < 0.5 else rng.choice(FIRST[:100]).lower()
    right = rng.choice(["", str(rng.randint(1, 99)), "." + made(rng, 1, 2), "_" + rng.choice(LAST[:100]).lower()])
    return f"{left}{right}@{rng.choice(DOMAINS)}"


def phone(rng: Rng) -> str:
    """A telephone number of no particular country."""
    digits = "".join(rng.choice("0123456789") for _ in range(10))
    return rng.choice(
        [
            f"{digits[:3]}-{digits[3:6]}-{digits[6:]}",
            f"+{rng.randint(1, 99)} {digits[:3]} {digits[3:]}",
            f"0{digits}",
            f"({digits[:3]}) {digits[3:6]} {digits[6:]}",
            f"555-{digits[:4]}",
        ]
    )


def amount(rng: Rng) -> tuple[str, float]:
    """An amount as written in a message, and its number."""
    value = money(rng)
    text = f"{value:.2f}" if value % 1 else f"{value:.0f}"
    written = rng.choice(
        [f"${text}", f"£{text}", f"€{text}", f"{text} euros", f"{text} dollars", f"{text} EUR", f"{text} USD", text]
    )
    return written, value
