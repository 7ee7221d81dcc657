"""Character maps and ranges for names.

NFKC does not convert the dots U+2022, U+2027, U+22C5 and U+30FB and turns U+FF0E into a full stop,
so names use these maps, then NFC.
"""

from unicodedata import normalize

from models.storage.canonical import FULL_WIDTH, HYPHENS, INVISIBLE, SPACES

DOT = "·"
"""U+00B7, the dot in the names of minorities (GB 18030 A1A4, 民委发〔2016〕33号)."""

DOTS = frozenset("·•・･‧⋅∙．⸱․˙●" + "\u0387\u16eb\u1427\u2981\u2e33\ua78f")
"""Typed for the dot; a full stop counts only between Han characters."""

FULL_STOPS = frozenset(".。｡﹒")

APOSTROPHES = frozenset("'\u2018\u2019\u201b\u02bb\u02bc\u2032`\u00b4")
"""Typed for the apostrophe in O'Brien: quotation marks, modifier letters, accents."""

# CJK Radicals Supplement by Unicode's EquivalentUnifiedIdeograph.txt, Kangxi radicals by their
# decomposition; both occur in text from PDF files and OCR.
RADICALS = {
    **dict(
        zip(
            "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧"
            "⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍"
            "⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
            "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑𫜹忄心扌攵旡日月歺母民氵氺灬爫爫丬牛"
            "犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶"
            "辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟",
            strict=True,
        )
    ),
    **{chr(code): normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)},
}

# Private-use characters U+E815 to U+E864 of GBK fonts and old databases (FE50 to FEA0) and their
# GB 18030-2022 equivalents. Gaps are parts of characters, which no name has.
REPAIRS = {
    code: character
    for code, character in enumerate(
        "　𠂇𠂉𠃌　㑳㑇　　龴㖞㘚㘎　　㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠　𡗗龸　䁖䅟　䌷　　　"
        "𢦏䎱䎬　䏝䓖䙡䙌龹䜣䜩䝼䞍　䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗"
        "䴘䴙䶮龻",
        start=0xE815,
    )
    if character != "　"
}

NAME_CHARACTERS: dict[int, str | None] = {
    **{code: chr(plain) for code, plain in FULL_WIDTH.items()},
    **{ord(radical): unified for radical, unified in RADICALS.items()},
    **dict.fromkeys(map(ord, INVISIBLE)),
    **dict.fromkeys(map(ord, SPACES), " "),
    **dict.fromkeys(map(ord, FULL_STOPS), "."),
    # Only Latin names have the next two; Han names are refused with either form.
    **dict.fromkeys(map(ord, APOSTROPHES), "'"),
    **dict.fromkeys(map(ord, HYPHENS), "-"),
    # Last, because the full-width full stop is always a dot.
    **dict.fromkeys(map(ord, DOTS), DOT),
}
"""Map of single characters in a name, applied before NFC."""

# Unified ideographs with Extensions A to J, compatibility ideographs and 〇, as explicit ranges
# because str.isalpha() of Python 3.11 lacks Extensions H and I.
HAN = (
    "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002ee5f"
    "\U0002f800-\U0002fa1f\U00030000-\U0003347f"
)
"""Han characters, for a regular expression's character class."""

LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
"""Latin letters, for a character class."""

LATIN_MARKS = "' .,\\-"
"""Characters allowed between Latin letters, for a character class."""

PRIVATE_USE = "\ue000-\uf8ff\U000f0000-\U0010ffff"
"""Private-use characters, for a character class."""
