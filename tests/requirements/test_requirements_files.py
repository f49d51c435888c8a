"""Requirements files, against what pip and uv read in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearq_tui.requirements import Project, Requirements, RequirementsError, find_requirements
from tests.requirements.wheels import HASH, OTHER_HASH, SETUP, make_wheel, run, write


def found(tree: Path, text: str | bytes, **others: str) -> Requirements:
    """What is found in a tree with a requirements file."""
    data = text if isinstance(text, bytes) else text.encode()
    write(tree, others)
    (tree / "requirements.txt").write_bytes(data)
    requirements = find_requirements(tree)
    assert requirements is not None
    return requirements


def refusal(tree: Path, text: str | bytes, **others: str) -> str:
    with pytest.raises(RequirementsError) as caught:
        found(tree, text, **others)
    return str(caught.value).replace(str(tree) + "/", "")


def test_everything_that_a_file_can_say(tmp_path: Path) -> None:
    make_wheel(tmp_path / "vendor", "beta")
    write(
        tmp_path,
        {
            "more/base.txt": "-c limits.txt\nalpha>=1 ; python_version >= '3.8'\n",
            "more/limits.txt": "gamma<3\n-r all.txt\n",
            "more/all.txt": "delta==4\n",
            "libs/own/pyproject.toml": "[project]\nname='own'\n",
            "setup.py": (
                "from setuptools import setup\n"
                "setup(extras_require={'train': ['omega>1'], 'eval': [], 'unused': ['never']})\n"
            ),
        },
    )
    text = f"""\
# a comment
--index-url https://main.example/simple
--extra-index-url=https://more.example/simple  # nearer
-f vendor
--pre
--no-binary :all:
-r more/base.txt
exact == 1.0 \\
    --hash={HASH} \\
    --hash={OTHER_HASH}
./vendor/beta-1.0-py3-none-any.whl[fast] ; sys_platform == "linux"
-e .[train,eval]
./libs/own
git+https://git.example/thing.git@v1#egg=thing&subdirectory=python
-e git+https://git.example/edit.git#egg=edit
direct @ https://files.example/direct-2-py3-none-any.whl
"""
    requirements = found(tmp_path, text)
    assert requirements.options == (
        "--index-url https://main.example/simple",
        "--extra-index-url https://more.example/simple",
        "--find-links vendor",
        "--pre",
        "--no-binary :all:",
    )
    assert requirements.lines == (
        'alpha>=1; python_version >= "3.8"',
        f"exact==1.0 --hash={HASH} --hash={OTHER_HASH}",
        './vendor/beta-1.0-py3-none-any.whl[fast] ; sys_platform == "linux"',
        "thing @ git+https://git.example/thing.git@v1#subdirectory=python",
        "edit @ git+https://git.example/edit.git",
        "direct @ https://files.example/direct-2-py3-none-any.whl",
        "omega>1",
    )
    assert requirements.constraints == ("gamma<3", "delta==4")
    assert requirements.projects == (
        Project(".", ("train", "eval"), editable=True),
        Project("libs/own", editable=False),
    )
    assert requirements.source == "requirements.txt"
    assert not requirements.locked


def test_a_file_with_all_hashes_is_locked(tmp_path: Path) -> None:
    assert found(tmp_path, f"a==1 --hash={HASH}\nb==2 --hash={HASH}\n").locked
    assert not found(tmp_path, f"a==1 --hash={HASH}\nb==2\n").locked
    assert not found(tmp_path, "\n").locked


def test_paths_start_where_the_command_will_run(tmp_path: Path) -> None:
    """The file may lie above; what it names must be found from below all the same."""
    make_wheel(tmp_path / "vendor", "beta")
    text = "--find-links vendor\n./vendor/beta-1.0-py3-none-any.whl\n-e .\n"
    write(tmp_path, {"requirements.txt": text, "setup.py": SETUP, "deep/er/x.py": ""})
    requirements = find_requirements(tmp_path / "deep" / "er", top=tmp_path)
    assert requirements is not None
    assert requirements.lines == ("../../vendor/beta-1.0-py3-none-any.whl",)
    assert requirements.options == ("--find-links ../../vendor",)
    assert requirements.projects == (Project("../.."),)


def test_relative_paths_start_where_the_operator_would_install(tmp_path: Path) -> None:
    """Not beside a file that was named by another, as in pip; there only as a last resort."""
    names = ("lib/setup.py", "more/lib/setup.py", "more/only/setup.py", "libs/own/setup.py")
    write(tmp_path, dict.fromkeys(names, SETUP))
    place = f"own @ file://{tmp_path}/libs#subdirectory=own"
    requirements = found(
        tmp_path, "-r more/base.txt", **{"more/base.txt": f"./lib\n./only\n{place}\n"}
    )
    paths = [project.path for project in requirements.projects]
    assert paths == ["lib", "more/only", "libs/own"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-e .", Project(".")),
        ("-e.", Project(".")),
        ("--editable=.", Project(".")),
        ("-e '.[x]'", Project(".", ("x",))),
        ("-e ./my\\ lib", Project("my lib")),
        ("-e . ; os_name == 'nt'", Project(".", marker="os_name == 'nt'")),
        ("-e .;os_name=='nt' --config-settings=a=b", Project(".", marker="os_name=='nt'")),
    ],
)
def test_editable_projects(tmp_path: Path, line: str, expected: Project) -> None:
    setup = "import setuptools\nsetuptools.setup(extras_require={'x': []})\n"
    requirements = found(tmp_path, line, **{"setup.py": setup, "my lib/setup.py": setup})
    assert requirements.projects == (expected,)


def test_a_later_main_index_replaces_those_before(tmp_path: Path) -> None:
    text = (
        "-i https://a.example\n--extra-index-url https://b.example\n"
        "-ihttps://c.example\n--extra-index-url https://d.example\nx\n"
    )
    assert found(tmp_path, text).options == (
        "--index-url https://c.example",
        "--extra-index-url https://d.example",
    )
    no_index = "-i https://a.example\n--no-index\n--extra-index-url https://b.example\n"
    assert found(tmp_path, no_index).options == ("--no-index",)


def test_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a URL a variable may be a password, so its value is never kept."""
    monkeypatch.setenv("CLEARQ_TEST_VERSION", "1.5")
    monkeypatch.setenv("CLEARQ_TEST_TOKEN", "top-secret")
    text = (
        "--extra-index-url https://me:${CLEARQ_TEST_TOKEN}@pip.example/simple\n"
        "thing==${CLEARQ_TEST_VERSION}\n"
        "other @ git+https://${CLEARQ_TEST_TOKEN}@git.example/other\n"
    )
    requirements = found(tmp_path, text)
    assert requirements.lines[0] == "thing==1.5"
    assert "top-secret" not in str(requirements.to_json())
    assert requirements.variables == ("CLEARQ_TEST_TOKEN",)
    assert refusal(tmp_path, "\nx==${CLEARQ_TEST_MISSING}") == (
        "requirements.txt, line 2: the variable CLEARQ_TEST_MISSING is not set here."
    )


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfalpha==1\n",
        "\ufeffalpha==1\n".encode("utf-16-le"),
        "\ufeffalpha==1\r\n".encode("utf-16-be"),
        "\ufeffalpha==1\n".encode("utf-32-le"),
        "# -*- coding: latin-1 -*-\nalpha==1  # für\n".encode("latin-1"),
        b"alpha==1\r\n",
        b"alpha==1",
    ],
)
def test_encodings(tmp_path: Path, data: bytes) -> None:
    assert found(tmp_path, data).lines == ("alpha==1",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb==1=py38_0\n", "line 2: 'b==1=py38_0' is not a requirement"),
        ("b=1.2=py38_0\n", "For pip it is b==1.2."),
        ("@EXPLICIT\n", "the file is conda's, not pip's."),
        ("-r missing.txt", "line 1: there is no file 'missing.txt'."),
        ("-r https://x.example/r.txt", "save it as a file and name that."),
        ("--frobnicate", "line 1: '--frobnicate' is not an option of requirements files."),
        ("--index-url", "line 1: --index-url says no value."),
        ("--hash=sha256:00", "--hash belongs behind a requirement."),
        ("a==1 --hash=md5:00", "'md5:00' is not a hash"),
        ("a==1 --hash='sha256", "is never closed."),
        ("-e ./none", "there is no file or directory"),
        ("-e ./empty", "has neither pyproject.toml nor setup.py"),
        ("-e", "line 1: --editable says no value."),
        ("-e './none", "is never closed."),
        ("-e thing", "is neither a directory nor a repository to be editable."),
        ("x @ file:///etc/hostname", "line 1: '/etc/hostname' lies outside of"),
        ("-f /etc", "'/etc' lies outside of"),
        ("g @ git+file:///srv/g", "is a repository on this laptop"),
        (b"a\nb\xff\n", "line 2: the text is not UTF-8; save the file as UTF-8."),
        (b"# coding: klingon\na\n", "line 1: there is no encoding 'klingon'."),
        (b"# coding: ascii\n\nb\xc3\xa4\n", "line 3: the text is not ASCII"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, text: str | bytes, expected: str) -> None:
    message = refusal(tmp_path, text, **{"empty/x": ""})
    assert message.startswith("requirements.txt, line ")
    assert expected in message


def test_files_that_name_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, "-r a.txt\n", **{"a.txt": "\n-r ./b.txt\n", "b.txt": "-c a.txt\n"})
    assert message == (
        "b.txt, line 1: the files name each other in a circle: "
        "requirements.txt → a.txt → b.txt → a.txt."
    )


def test_a_symbolic_link_out_of_the_tree_is_refused(tmp_path: Path) -> None:
    outside = make_wheel(tmp_path / "outside", "beta")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / outside.name).symlink_to(outside)
    assert "lies outside of" in refusal(tree, f"./{outside.name}\n")


NAMES = st.sampled_from(["alpha", "Beta_2", "gamma.x"])
LINES = st.one_of(
    st.builds(
        lambda name, rest, comment: f"{name}{rest}{comment}",
        NAMES,
        st.sampled_from(["", "==1.0", ">=1,<2", "[x,y]", " ; python_version > '3'", " ~= 2.1"]),
        st.sampled_from(["", " # why", "\t#"]),
    ),
    st.builds(lambda name, end: f"{name} \\\n    --hash={HASH}{end}", NAMES.map("{}==1".format),
              st.sampled_from(["", " \\\n # gone", f" \\\n\t--hash={OTHER_HASH}"])),
    st.sampled_from(
        ["", "   ", "# comment \\", "--pre", "-r one.txt", "-c two.txt", "--requirement=one.txt",
         "-e .", "./lib", "  alpha  ", "--extra-index-url https://e.example/simple",
         "git+https://g.example/x#egg=x"]
    ),
)  # fmt: skip
NAMING_FILES = ("-r", "-c", "--requirement")
FILES = st.lists(LINES, max_size=6).map("\n".join)


@pytest.fixture(scope="module")
def shared_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("tree"), {"setup.py": SETUP, "lib/setup.py": SETUP})


@settings(max_examples=60, deadline=None)
@given(main=FILES, one=FILES, two=FILES)
def test_pip_reads_the_same(shared_tree: Path, main: str, one: str, two: str) -> None:
    """Flattened, the files say to pip what they say nested."""
    plain = "\n".join(line for line in one.splitlines() if not line.startswith(NAMING_FILES))
    limits = "\n".join(
        line
        for line in two.replace("\\\n", "").splitlines()
        if line[:1].isalpha() and "git" not in line
    )
    write(shared_tree, {"requirements.txt": main, "one.txt": plain, "two.txt": limits})
    requirements = find_requirements(shared_tree)
    assert requirements is not None
    assert as_pip_reads(shared_tree, "requirements.txt") == as_found(shared_tree, requirements)


Read = tuple[set[tuple[str, tuple[str, ...]]], set[tuple[str, tuple[str, ...]]], set[str]]


def as_found(tree: Path, requirements: Requirements) -> Read:
    """Write down what was found as one file, and have pip read that."""
    lines = [*requirements.options, *requirements.lines]
    lines += [f"{'-e ' if each.editable else ''}./{each.path}" for each in requirements.projects]
    (tree / "flat.txt").write_text("\n".join([*lines, "-c flat-limits.txt"]))
    (tree / "flat-limits.txt").write_text("\n".join(requirements.constraints))
    return as_pip_reads(tree, "flat.txt")


def as_pip_reads(tree: Path, name: str) -> Read:
    from packaging.requirements import InvalidRequirement, Requirement
    from pip._internal.index.collector import LinkCollector
    from pip._internal.index.package_finder import PackageFinder
    from pip._internal.models.search_scope import SearchScope
    from pip._internal.models.selection_prefs import SelectionPreferences
    from pip._internal.network.session import PipSession
    from pip._internal.req.req_file import parse_requirements

    def plain(text: str) -> str:
        if "#egg=" in text:
            url, _, egg = text.partition("#egg=")
            text = f"{egg} @ {url}"
        try:
            return str(Requirement(text))
        except InvalidRequirement:
            return str((tree / text).resolve())

    session = PipSession()
    scope = SearchScope.create(
        find_links=[], index_urls=["https://default.example"], no_index=False
    )
    finder = PackageFinder.create(
        link_collector=LinkCollector(session, scope),
        selection_prefs=SelectionPreferences(allow_yanked=False),
    )
    read = list(parse_requirements(str(tree / name), session=session, finder=finder))
    session.close()
    wanted: set[tuple[str, tuple[str, ...]]] = set()
    limits: set[tuple[str, tuple[str, ...]]] = set()
    for each in read:
        hashes = (each.options or {}).get("hashes", {})
        said = tuple(sorted(f"{kind}:{one}" for kind, all_ in hashes.items() for one in all_))
        (limits if each.constraint else wanted).add((plain(each.requirement), said))
    return wanted, limits, set(finder.index_urls)


def test_uv_resolves_the_same(tmp_path: Path) -> None:
    """What uv makes of the nested files, it makes of the flat list."""
    for version in ("1.0", "2.0", "3.0"):
        make_wheel(tmp_path / "wheels", "alpha", version, requires=["beta"])
        make_wheel(tmp_path / "wheels", "beta", version)
    vendored = make_wheel(tmp_path / "vendor", "gamma")
    write(
        tmp_path,
        {
            "more/base.txt": "-c limits.txt\nalpha!=3 ; python_version >= '3'\n",
            "more/limits.txt": "beta<2\n",
            "requirements.txt": (
                f"--no-index\n--find-links wheels\n-r more/base.txt\n./vendor/{vendored.name}\n"
            ),
        },
    )
    requirements = find_requirements(tmp_path)
    assert requirements is not None
    flat = [*requirements.options, "-c flat-limits.txt", *requirements.lines]
    write(
        tmp_path,
        {"flat.txt": "\n".join(flat), "flat-limits.txt": "\n".join(requirements.constraints)},
    )
    nested = compiled(tmp_path, "requirements.txt")
    assert nested == compiled(tmp_path, "flat.txt")
    assert nested[:2] == ["alpha==2.0", "beta==1.0"]


def compiled(tree: Path, name: str) -> list[str]:
    from uv import find_uv_bin

    command = [find_uv_bin(), "pip", "compile", "--offline", "--no-annotate", "--no-header", name]
    return run([*command, "--no-cache", "-q"], tree).splitlines()
