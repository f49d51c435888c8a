"""What is read of a program with argparse, beyond what it does with words."""

from __future__ import annotations

import pytest

from clearq_tui.model import Refused
from clearq_tui.parameters import Kind
from tests.parameters.project import files, found, line

PROJECT = files(
    {
        "train.py": """
            import argparse
            from options import add_common, DEFAULT, Colour
            import library.tool

            MODELS = {"resnet": object, "vit": object}

            def build():
                parser = argparse.ArgumentParser()
                add_common(parser)
                group = parser.add_argument_group("model")
                group.add_argument("--model", choices=list(MODELS), default="vit",
                                   help="which one, %(default)s if none")
                group.add_argument("--colour", type=Colour, choices=list(Colour))
                group.add_argument("--steps", type=int, default=10 * 1000)
                group.add_argument("--jobs", type=int, default=os.cpu_count())
                group.add_argument("--warm", dest="cold", action="store_false")
                group.add_argument("--x", action="store_true")
                group.add_argument("--no-x", dest="x", action="store_false")
                parser.set_defaults(steps=5)
                return parser

            if __name__ == "__main__":
                build().parse_args()
        """,
        "options.py": """
            import enum

            DEFAULT = 1e-3

            class Colour(enum.Enum):
                RED = "red"
                BLUE = "blue"

            def add_common(parser):
                parser.add_argument("--lr", type=float, default=2 * DEFAULT)

            def never_called(parser):
                parser.add_argument("--never")

            if __name__ == "__main__":
                import argparse
                argparse.ArgumentParser().add_argument("--of-its-own")
        """,
        "library/__init__.py": "",
        "library/tool.py": "def unused(p): p.add_argument('--unused')",
    }
)


def test_constants_and_helpers_of_other_modules_are_followed() -> None:
    known = found("python train.py", PROJECT)
    assert (known["--lr"].default, known["--lr"].origin) == ("0.002", "options.py:11")
    assert known["--colour"].choices == ("red", "blue")
    assert known["--model"].choices == ("resnet", "vit")
    assert known["--model"].help == "which one, … if none"


def test_only_code_that_runs_counts() -> None:
    assert not {"--never", "--of-its-own", "--unused"} & found("python train.py", PROJECT).keys()


def test_what_is_not_constant_is_shown_but_is_no_value() -> None:
    jobs = found("python train.py", PROJECT)["--jobs"]
    assert (jobs.default, jobs.value) == ("os.cpu_count()", None)


def test_defaults_that_are_set_later_hold() -> None:
    assert found("python train.py", PROJECT)["--steps"].value == "5"


def test_a_flag_and_its_opposite_are_one() -> None:
    known = found("python train.py --no-x", PROJECT)
    assert known["--x"].kind is Kind.FLAG
    assert "--no-x" not in known
    assert line("python train.py --no-x", PROJECT, {"x": "true"}) == "python train.py --x"


SUBCOMMANDS = files(
    {
        "run.py": """
            import argparse

            def train_options(p):
                p.add_argument("--lr", type=float, default=0.1)

            def main():
                common = argparse.ArgumentParser(add_help=False)
                common.add_argument("--seed", type=int, default=1)
                parser = argparse.ArgumentParser()
                parser.add_argument("--log", default="info")
                commands = parser.add_subparsers(dest="what")
                train = commands.add_parser("train", parents=[common])
                train_options(train)
                train.add_argument("data")
                show = commands.add_parser("show", parents=[common])
                for one in (train, show):
                    one.add_argument("--colour", action="store_true")
                deep = show.add_subparsers().add_parser("deep")
                deep.add_argument("--depth")
                parser.parse_args()

            main()
        """
    }
)


def test_options_belong_to_subcommands() -> None:
    train = found("python run.py train d", SUBCOMMANDS)
    assert train.keys() == {"--log", "--seed", "--lr", "data", "--colour"}
    assert found("python run.py show deep", SUBCOMMANDS).keys() == {
        "--log", "--seed", "--colour", "--depth",
    }  # fmt: skip


def test_an_option_goes_to_where_its_parser_reads_it() -> None:
    changes = {"log": "debug", "seed": "2", "lr": "0.2"}
    assert line("python run.py train d", SUBCOMMANDS, changes) == (
        "python run.py --log debug train d --seed 2 --lr 0.2"
    )


def test_a_parser_in_a_class_is_followed() -> None:
    project = files(
        {
            "run.py": """
                import argparse
                class Options:
                    def __init__(self):
                        self.parser = argparse.ArgumentParser()
                        self.sub = self.parser.add_subparsers()
                        self.go = self.sub.add_parser("go")
                        self.add()
                    def add(self):
                        self.go.add_argument("--far", type=int)
                Options()
            """
        }
    )
    assert line("python run.py go", project, {"far": "3"}) == "python run.py go --far 3"


def test_words_that_are_handed_on_stay_behind() -> None:
    project = files(
        {
            "launch.py": """
                import argparse
                parser = argparse.ArgumentParser()
                parser.add_argument("--jobs", type=int, default=1)
                parser.add_argument("command", nargs=argparse.REMAINDER)
                parser.parse_args()
            """
        }
    )
    command = "python launch.py python x.py --jobs 9"
    assert found(command, project)["--jobs"].value == "1"
    assert line(command, project, {"jobs": "4"}) == (
        "python launch.py --jobs 4 python x.py --jobs 9"
    )


def test_code_that_cannot_be_read_leaves_the_command_line() -> None:
    broken = files({"train.py": "print 'two'\n"})
    assert found("python train.py --lr 0.1", broken)["--lr"].value == "0.1"


DASHES = files(
    {
        "t.py": """
            import argparse
            parser = argparse.ArgumentParser()
            parser.add_argument("--name", "-n")
            parser.add_argument("--shift", nargs=2)
            parser.parse_args()
        """
    }
)


@pytest.mark.parametrize(
    ("command", "target", "value", "expected"),
    [
        ("", "name", "-x", "--name=-x"),
        ("--name a", "name", "--other", "--name=--other"),
        ("-n a", "name", "-x", "-n-x"),
        ("--name a", "name", "-1e3", "--name=-1e3"),
        ("--name a", "name", "-1", "--name -1"),
        ("--shift 1 2", "shift", "-1 -2", "--shift -1 -2"),
    ],
)
def test_a_value_that_looks_like_an_option_stays_a_value(
    command: str, target: str, value: str, expected: str
) -> None:
    assert line(f"python t.py {command}".strip(), DASHES, {target: value}) == (
        f"python t.py {expected}"
    )


def test_values_that_would_be_taken_for_options_are_refused() -> None:
    with pytest.raises(Refused, match="would take that for an option"):
        line("python t.py", DASHES, {"shift": "-x 1"})
