"""Read and write the whole content as one YAML document.

    entries:
    - slug: sms_not_received
      title: …
    smalltalk: …
    pictures:
      NAME.png: base64 …

All scalars are strings: `12123`, `yes` and `1:30` stay texts. Anchors are rejected because they
expand without limit, duplicate keys because the first value would be lost.
"""

import base64
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import yaml

from faq.content.entries import Content
from faq.interchange.parsed import FilePart, Parsed, Problem, slug_twice
from faq.release.parts import ENTRY, LISTS, Key, split
from miniprogram_api.texts import text as say

_ENTRIES = "entries"
_PICTURES = "pictures"
_INLINE = frozenset({"actions", "images", "probes", "other_services", "synonyms"})
# libyaml escapes characters beyond this one as numbers.
_LAST_READABLE = "\uffff"
_NULL = "tag:yaml.org,2002:null"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Load strings, lists, mappings and null only."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == _NULL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Inline(dict[str, Any]):
    pass


def _inline(dumper: Any, group: _Inline) -> Any:
    return dumper.represent_mapping("tag:yaml.org,2002:map", group.items(), flow_style=True)


class _ReadableDumper(yaml.SafeDumper):
    pass


class _FastDumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    pass


_ReadableDumper.add_representer(_Inline, _inline)
_FastDumper.add_representer(_Inline, _inline)


def dump(content: Content, pictures: Mapping[str, bytes] = MappingProxyType({})) -> str:
    """Return a document that `parse` can read."""
    parts = split(content)
    document: dict[str, Any] = {
        _ENTRIES: [value for key, value in parts.items() if key.kind == ENTRY],
        **{kind: parts[Key(kind)] for kind in LISTS},
    }
    if pictures:
        document[_PICTURES] = {
            name: base64.b64encode(picture).decode() for name, picture in pictures.items()
        }
    text = "".join(content.as_json())
    fast = max(text) <= _LAST_READABLE
    dumped: str = yaml.dump(
        _with_inline(document),
        Dumper=_FastDumper if fast else _ReadableDumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=False,
        width=1_000,
    )
    return dumped


def _with_inline(value: Any, field: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _with_inline(part, name) for name, part in value.items()}
    if isinstance(value, list) and field in _INLINE:
        return [_Inline(item) if isinstance(item, dict) else item for item in value]
    if isinstance(value, list):
        return [_with_inline(item) for item in value]
    return value


def parse(text: str) -> Parsed:
    """Read a document: the whole content, some of its lists, or one entry."""
    parsed = Parsed()
    read(text, parsed.problems, lambda loader, root: _read(loader, root, parsed))
    return parsed


def read(text: str, problems: list[Problem], use: Callable[[Any, yaml.Node | None], None]) -> None:
    """Call `use(loader, root)` if a document is valid YAML; else append to `problems`."""
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            problems += _duplicates(root)
            if not problems:
                use(loader, root)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 1 if mark is None else mark.line + 1
        problems.append(Problem(line, "", say("content.files.not_yaml")))
    except RecursionError:
        problems.append(Problem(1, "", say("content.files.too_deep")))


def _duplicates(root: yaml.Node | None) -> list[Problem]:
    problems: list[Problem] = []
    seen: set[int] = set()
    left = [root] if root is not None else []
    while left:
        node = left.pop()
        line = node.start_mark.line + 1
        if id(node) in seen:
            return [Problem(line, "", say("content.files.anchors"))]
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            names = Counter(str(key.value) for key, _ in node.value)
            problems += [
                Problem(line, "", say("content.files.key_twice", name=name[:30]))
                for name, count in names.items()
                if count > 1
            ]
            left += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            left += node.value
    return problems


def _read(loader: Any, root: yaml.Node | None, parsed: Parsed) -> None:
    if not isinstance(root, yaml.MappingNode):
        parsed.problems.append(Problem(1, "", say("content.files.no_content")))
        return
    groups = {str(key.value): node for key, node in root.value}
    if "slug" in groups:
        _add_entry(loader, root, parsed, {})
        return
    for name, node in groups.items():
        line = node.start_mark.line + 1
        if name == _PICTURES:
            _add_pictures(loader.construct_document(node), line, parsed)
        elif name in LISTS:
            parsed.parts.append(FilePart(Key(name), loader.construct_document(node), line))
        elif name != _ENTRIES:
            parsed.problems.append(
                Problem(line, "", say("content.files.unknown_item", name=name[:30]))
            )
        elif isinstance(node, yaml.SequenceNode):
            line_of: dict[str, int] = {}
            for entry in node.value:
                _add_entry(loader, entry, parsed, line_of)
        else:
            parsed.problems.append(Problem(line, "", say("content.files.no_list")))


def _add_pictures(value: Any, line: int, parsed: Parsed) -> None:
    for name, text in value.items() if isinstance(value, Mapping) else ():
        try:
            parsed.pictures[str(name)] = base64.b64decode(str(text), validate=True)
        except ValueError:
            parsed.problems.append(
                Problem(line, "", say("content.files.broken_picture", name=str(name)[:40]))
            )


def _add_entry(loader: Any, node: yaml.Node, parsed: Parsed, line_of: dict[str, int]) -> None:
    value = loader.construct_document(node)
    line = node.start_mark.line + 1
    slug = value.get("slug") if isinstance(value, Mapping) else None
    if not isinstance(slug, str) or not slug:
        parsed.problems.append(Problem(line, "", say("content.files.no_slug")))
        return
    key = Key(ENTRY, slug)
    if slug in line_of:
        parsed.problems.append(Problem(line, "", slug_twice(slug, line_of[slug])))
        return
    line_of[slug] = line
    parsed.parts.append(FilePart(key, value, line))
