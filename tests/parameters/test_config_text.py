"""One value of a configuration file is replaced, everything else stays as it is."""

from __future__ import annotations

import difflib
import json
import string
import tomllib

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from clearq_tui.model import Refused
from clearq_tui.parameters import Edit, edit_file
from clearq_tui.parameters.config_text import load_config
from clearq_tui.parameters.config_text.converting import to_python
from clearq_tui.parameters.config_text.key_path import join, split
from clearq_tui.parameters.config_text.tree import Leaf, Tree, named_parts

YAML_TEXT = """\
# what the model is
model:            # all of it
    depth: 3      # layers
    "wide.er": 'a'
    name: "resnet"
    empty:
    flow: {a: , b: 'q'}
layers:
- size: 1
  act: relu
-   size: 2
text: |
  one
  two
rate: 1e-3
flag: yes
sizes: [1, 2]
sizes_down:
  - 1   # one
  - 2
last: here
"""
JSON_TEXT = """\
{
    "model": {"depth": 3, "name": "resnet",
              "rate": 1e-3},
    "layers": [ {"size": 1}, {"size": 2} ],
    "on": true, "none": null
}

"""
TOML_TEXT = """\
# what the model is
[model]
depth = 3        # layers
rate = 1e-3
name = 'resnet'
path = "a/b"
sizes = [
    1,   # one
    2,
]

[[layers]]
size = 1

[[layers]]
size = 2
"""


def changed_lines(name: str, text: str, key: str, value: str) -> list[str]:
    """The lines that differ, `-` before and `+` after."""
    edited = edit_file(name, text.encode(), [Edit(key, value)]).decode()
    lines = difflib.ndiff(text.splitlines(keepends=True), edited.splitlines(keepends=True))
    return [line.rstrip("\n") for line in lines if line[0] in "+-"]


@pytest.mark.parametrize(
    ("name", "text", "key", "value", "line"),
    [
        ("c.yaml", YAML_TEXT, "model.depth", "4", "    depth: 4      # layers"),
        ("c.yaml", YAML_TEXT, 'model."wide.er"', "it's", "    \"wide.er\": 'it''s'"),
        ("c.yaml", YAML_TEXT, "model.name", 'v"it', '    name: "v\\"it"'),
        ("c.yaml", YAML_TEXT, "model.empty", "5", "    empty: 5"),
        ("c.yaml", YAML_TEXT, "model.flow.b", "r", "    flow: {a: , b: 'r'}"),
        ("c.yaml", YAML_TEXT, "layers[1].size", "9", "-   size: 9"),
        ("c.yaml", YAML_TEXT, "layers.0.act", "no", '  act: "no"'),
        ("c.yaml", YAML_TEXT, "layers.0.act", "a: b", '  act: "a: b"'),
        ("c.yaml", YAML_TEXT, "rate", "1e-4", "rate: 1.0e-4"),
        ("c.yaml", YAML_TEXT, "rate", "null", "rate: null"),
        ("c.yaml", YAML_TEXT, "rate", "-inf", "rate: -.inf"),
        ("c.yaml", YAML_TEXT, "flag", "no", "flag: false"),
        ("c.yaml", YAML_TEXT, "sizes", "[3, 4, 5]", "sizes: [3, 4, 5]"),
        ("c.yaml", YAML_TEXT, "sizes.1", "7", "sizes: [1, 7]"),
        ("c.json", JSON_TEXT, "model.rate", "0.5", '              "rate": 0.5},'),
        ("c.json", JSON_TEXT, "layers.0.size", "7", '    "layers": [ {"size": 7}, {"size": 2} ],'),
        ("c.json", JSON_TEXT, "on", "off", '    "on": false, "none": null'),
        ("c.json", JSON_TEXT, "none", "abc", '    "on": true, "none": "abc"'),
        ("c.toml", TOML_TEXT, "model.depth", "4", "depth = 4        # layers"),
        ("c.toml", TOML_TEXT, "model.rate", "1", "rate = 1.0"),
        ("c.toml", TOML_TEXT, "model.name", "vit", "name = 'vit'"),
        ("c.toml", TOML_TEXT, "model.name", "it's", 'name = "it\'s"'),
        ("c.toml", TOML_TEXT, "model.sizes.0", "8", "    8,   # one"),
        ("c.toml", TOML_TEXT, "layers.1.size", "9", "size = 9"),
    ],
)
def test_one_line_changes(name: str, text: str, key: str, value: str, line: str) -> None:
    changes = changed_lines(name, text, key, value)
    assert [one for one in changes if one.startswith("+")] == [f"+ {line}"]
    assert len(changes) == 2


def test_several_edits_are_made_together() -> None:
    edits = [Edit("model.depth", "4"), Edit("rate", "1"), Edit("model.depth", "5")]
    edited = edit_file("c.yml", YAML_TEXT.encode(), edits).decode()
    assert "depth: 5      # layers" in edited
    assert "rate: 1\n" in edited


def test_what_is_the_same_changes_not_a_byte() -> None:
    for key, value in (
        ("model.depth", "3"),
        ("rate", "0.001"),
        ("flag", "yes"),
        ("text", "one\ntwo\n"),
    ):
        assert edit_file("c.yaml", YAML_TEXT.encode(), [Edit(key, value)]) != b""
    assert edit_file("c.yaml", YAML_TEXT.encode(), [Edit("rate", "1e-3")]) == YAML_TEXT.encode()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_marks_stay(mark: bytes) -> None:
    for name, text in (("c.yaml", YAML_TEXT), ("c.json", JSON_TEXT), ("c.toml", TOML_TEXT)):
        content = mark + text.replace("\n", "\r\n").encode()
        edited = edit_file(name, content, [Edit("model.depth", "4")])
        assert edited.startswith(mark)
        assert edited.count(b"\r\n") == content.count(b"\r\n") == edited.count(b"\n")


def test_a_file_that_is_dumped_anew_keeps_its_line_ends_too() -> None:
    content = YAML_TEXT.replace("\n", "\r\n").encode()
    edited = edit_file("c.yaml", content, [Edit("sizes_down", "[4, 5, 6]")])
    assert edited.count(b"\r\n") == edited.count(b"\n")
    assert b"# all of it" in edited


ALIASES = """\
base: &base
  lr: 0.1   # rate
  sizes: [1, 2]
one:
  <<: *base
  name: one
two: *base
seed: &seed 3
again: *seed
"""


@pytest.mark.parametrize(
    ("key", "value"),
    [("one.lr", "0.2"), ("two.lr", "0.2"), ("base.lr", "0.2"), ("one.sizes.0", "7"),
     ("again", "4"), ("seed", "4"), ("two.sizes", "[9]")],
)  # fmt: skip
def test_a_shared_value_changes_in_one_place_alone(key: str, value: str) -> None:
    before = YAML(typ="safe", pure=True).load(ALIASES)
    edited = edit_file("c.yaml", ALIASES.encode(), [Edit(key, value)]).decode()
    after = YAML(typ="safe", pure=True).load(edited)
    expected = json.loads(json.dumps(before))  # shares nothing
    place = expected
    *way, last = split(key)
    for name in way:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[int(last) if isinstance(place, list) else last] = json.loads(value)
    assert json.loads(json.dumps(after)) == expected
    assert "# rate" in edited


@pytest.mark.parametrize(
    ("name", "content", "key", "value", "why"),
    [
        ("c.yaml", b"a: 1\n", "b", "2", "no key b"),
        ("c.yaml", b"model: {depth: 1}\n", "model.dept", "2", "Did you mean c.yaml:model.depth?"),
        ("c.yaml", b"a: 1\n", "a", "x", "expected a number such as 1"),
        ("c.yaml", b"a: true\n", "a", "2", "expected true or false"),
        ("c.yaml", b"a: {b: 1}\n", "a", "2", "is a group, not a value; it has: b"),
        ("c.yaml", b"a: [1]\n", "a", "2", r"expected a list such as \[1, 2\]"),
        ("c.yaml", b"a: 1\n---\nb: 2\n", "a", "2", "cannot be edited"),
        ("c.yaml", b"a: [1\n", "a", "2", "cannot be edited"),
        ("c.json", b'{"a": 1,}', "a", "2", "expected a key"),
        ("c.json", b'{"a": \xff}', "a", "2", "not UTF-8"),
        ("c.toml", b"a = \n", "a", "2", "cannot be edited"),
        ("c.ini", b"a = 1\n", "a", "2", "Only YAML, JSON and TOML"),
        ("c.yaml", b"a: 1\n", "a..b", "2", "is no key"),
    ],
)
def test_what_cannot_be_edited_is_refused(
    name: str, content: bytes, key: str, value: str, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        edit_file(name, content, [Edit(key, value)])


def test_a_file_that_would_fill_memory_is_refused() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(Refused, match="more values"):
        edit_file("c.yaml", bomb.encode(), [Edit("a.0", "y")])
    with pytest.raises(Refused, match="nested too deeply"):
        edit_file("c.json", b"[" * 5000 + b"]" * 5000, [Edit("a.0", "y")])


keys = st.text(string.ascii_letters + '._-"[] é1', min_size=1, max_size=5)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
floats = st.integers(-(10**6), 10**6).map(lambda number: number / 8)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-9999, 9999), texts, floats)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
).flatmap(lambda inner: st.fixed_dictionaries({"first": st.just(inner), "second": scalars}))


def without_none(value: object) -> object:
    """TOML has no null, and no lists of several kinds that all its writers agree on."""
    if isinstance(value, dict):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_none(item) for item in value if item is not None]
    return value


def written(name: str, value: object, flow: bool) -> str:
    if name == "c.json":
        return json.dumps(value, indent=2 if flow else None, ensure_ascii=flow)
    if name == "c.toml":
        return tomlkit.dumps(value)  # type: ignore[arg-type]
    import io

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = flow
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


def read(name: str, content: bytes) -> object:
    if name == "c.json":
        return json.loads(content)
    if name == "c.toml":
        return tomllib.loads(content.decode())
    return YAML(typ="safe", pure=True).load(content.decode())


def like(draw: st.DataObject, leaf: Leaf) -> tuple[str, object]:
    """A new value of the leaf's kind: as it is typed, and as it must be read."""
    if leaf.type == "bool":
        return "false", False
    if leaf.type == "int":
        number = draw.draw(st.integers(-99, 99))
        return str(number), number
    if leaf.type == "float":
        return "12.5", 12.5
    if leaf.type == "null":
        return "7", 7
    text = draw.draw(texts)
    return text, text


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["c.json", "c.yaml", "c.toml"]), documents, st.booleans(), st.data())
def test_an_edit_keeps_all_other_values(
    name: str, value: dict[str, object], flow: bool, data: st.DataObject
) -> None:
    if name == "c.toml":
        value = {str(key): item for key, item in dict(without_none(value)).items()}  # type: ignore[call-overload]
    content = written(name, value, flow).encode()
    tree = load_config(name, content)
    places = [(where, one) for where, one, _ in named_parts(tree) if isinstance(one, Leaf)]
    if not places:
        return
    where, leaf = data.draw(st.sampled_from(places))
    typed, meant = like(data, leaf)
    edited = edit_file(name, content, [Edit(join(where), typed)])
    assert read(name, edited) == _with(read(name, content), where, meant)


def _with(value: object, where: tuple[str, ...], new: object) -> object:
    if not where:
        return new
    if isinstance(value, list):
        index = int(where[0])
        return [*value[:index], _with(value[index], where[1:], new), *value[index + 1 :]]
    assert isinstance(value, dict)
    return {**value, where[0]: _with(value[where[0]], where[1:], new)}


@given(st.lists(st.text(min_size=1), min_size=1))
def test_any_keys_can_be_said_as_one(said: list[str]) -> None:
    assert split(join(said)) == tuple(said)


def test_all_three_formats_say_the_same() -> None:
    value: Tree = load_config("c.json", b'{"a": [1, 2.5, "x", true], "b": {"c": "d"}}')
    assert to_python(value) == {"a": [1, 2.5, "x", True], "b": {"c": "d"}}
