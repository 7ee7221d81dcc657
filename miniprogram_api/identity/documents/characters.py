"""Characters in names: what is mapped to what, and which ranges are Han or Latin.

NFKC is no help here: it leaves the dots U+2022, U+2027, U+22C5 and U+30FB alone and turns U+FF0E
into a full stop. So names are brought into NFC, after these explicit maps.
"""

from unicodedata import normalize

from models.storage.canonical import FULL_WIDTH, HYPHENS, INVISIBLE, SPACES

DOT = "·"
"""U+00B7, the dot in the names of minorities (GB 18030 A1A4, 民委发〔2016〕33号)."""

DOTS = frozenset("·•・･‧⋅∙．⸱․˙●" + "\u0387\u16eb\u1427\u2981\u2e33\ua78f")
"""What is typed for the dot. A full stop counts too, but only between Han characters."""

FULL_STOPS = frozenset(".。｡﹒")

APOSTROPHES = frozenset("'\u2018\u2019\u201b\u02bb\u02bc\u2032`\u00b4")
"""What phones type for the apostrophe in O'Brien: quotation marks, modifier letters, accents."""

# CJK Radicals Supplement by Unicode's EquivalentUnifiedIdeograph.txt, and the Kangxi radicals by
# their decomposition. Such characters come out of PDF files and of scanned text.
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

# The private-use characters U+E815 to U+E864 that GBK fonts and old databases hold at FE50 to FEA0,
# and what GB 18030-2022 has in their places. The gaps are parts of characters, which no name has.
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
    # Only Latin names have these two; a name in Han characters is refused with either form.
    **dict.fromkeys(map(ord, APOSTROPHES), "'"),
    **dict.fromkeys(map(ord, HYPHENS), "-"),
    # The full-width full stop is taken for a dot wherever it stands, so the dots come last.
    **dict.fromkeys(map(ord, DOTS), DOT),
}
"""What becomes of single characters in a name, before NFC."""

# Explicit ranges, because str.isalpha() knows only what Python's own Unicode version knows:
# Extensions H and I are missing in 3.11. Here are the unified ideographs with Extensions A to J,
# the compatibility ideographs and 〇.
HAN = (
    "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002ee5f"
    "\U0002f800-\U0002fa1f\U00030000-\U0003347f"
)
"""The Han characters as the inside of a regular expression's character class."""

LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
"""The Latin letters as the inside of a regular expression's character class."""

LATIN_MARKS = "' .,\\-"
"""What may stand between Latin letters, as the inside of a character class."""

PRIVATE_USE = "\ue000-\uf8ff\U000f0000-\U0010ffff"
"""The private-use characters as the inside of a regular expression's character class."""
