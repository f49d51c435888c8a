"""Programs with typer, absl, fire and dataclasses. Each expectation was seen to hold with the
library itself."""

from __future__ import annotations

import pytest

from clearq_tui.parameters import FilesInMemory
from tests.parameters.project import files, found, line

TYPER = files(
    {
        "t.py": """
            import enum, typer
            from typing import List, Optional
            from typing_extensions import Annotated

            class Mode(str, enum.Enum):
                fast = "fast"
                slow = "slow"

            def main(
                data: str,
                more: Annotated[Optional[List[str]], typer.Argument()] = None,
                lr: float = 0.1,
                n: Annotated[int, typer.Option("--num", "-n", help="How many.")] = 3,
                mode: Mode = Mode.fast,
                dry_run: bool = False,
                cache: bool = typer.Option(True, help="Keep."),
                tag: List[str] = [],
                loud: Annotated[bool, typer.Option("--loud/--quiet")] = False,
            ):
                pass

            if __name__ == "__main__":
                typer.run(main)
        """
    }
)
TYPER_APP = files(
    {
        "t.py": """
            import typer
            app = typer.Typer()
            inner = typer.Typer()
            app.add_typer(inner, name="model")

            @app.callback()
            def root(verbose: bool = False, home: str = "h"):
                pass

            @app.command()
            def train(lr: float = 0.1):
                pass

            @inner.command("go")
            def go_it(depth: int = 3):
                pass

            app()
        """
    }
)
ABSL = files(
    {
        "t.py": """
            from absl import app, flags
            FLAGS = flags.FLAGS
            flags.DEFINE_float("lr", 0.1, "The rate.")
            flags.DEFINE_integer("n", 3, "How many.", short_name="k")
            flags.DEFINE_bool("fast", False, "")
            flags.DEFINE_boolean("cache", True, "")
            flags.DEFINE_enum("mode", "a", ["a", "b"], "")
            flags.DEFINE_multi_string("tag", ["q"], "")
            app.run(main)
        """
    }
)
FIRE = files(
    {
        "t.py": '''
            import fire

            def main(path, lr=0.1, epochs=3, fast=False, cache=True):
                """Train.

                Args:
                    path: where the data is.
                    lr: the rate.
                """

            fire.Fire(main)
        '''
    }
)
FIRE_CLASS = files(
    {
        "t.py": """
            import fire

            class Job:
                def __init__(self, root="r", n=1):
                    pass

                def train(self, lr=0.1):
                    pass

            if __name__ == "__main__":
                fire.Fire(Job)
        """
    }
)
TYRO = files(
    {
        "t.py": '''
            import dataclasses, enum, tyro
            from typing import Literal

            class Colour(enum.Enum):
                RED = 1
                BLUE = 2

            @dataclasses.dataclass
            class Optimizer:
                lr: float = 1e-3
                """The rate."""
                weight_decay: float = 0.0
                use_amp: bool = True

            @dataclasses.dataclass
            class Config:
                opt: Optimizer = dataclasses.field(default_factory=Optimizer)
                mode: Literal["a", "b"] = "a"
                colour: Colour = Colour.RED
                layers: tuple[int, ...] = (1, 2)

            tyro.cli(Config)
        '''
    }
)
HF = files(
    {
        "t.py": """
            from dataclasses import dataclass, field
            from typing import List, Optional
            from transformers import HfArgumentParser

            @dataclass
            class Base:
                seed: int = 1

            @dataclass
            class Model(Base):
                learning_rate: float = field(default=0.1, metadata={"help": "The rate."})
                fast: bool = False
                cache: bool = True
                layers: Optional[List[int]] = None

            @dataclass
            class Data:
                output_dir: str = "o"

            parser = HfArgumentParser((Model, Data))
        """
    }
)
PYRALLIS = files(
    {
        "t.py": """
            import pyrallis
            from dataclasses import dataclass, field

            @dataclass
            class Optimizer:
                lr: float = 0.1

            @dataclass
            class Config:
                opt: Optimizer = field(default_factory=Optimizer)
                fast: bool = False

            pyrallis.parse(config_class=Config)
        """
    }
)


@pytest.mark.parametrize(
    ("project", "words", "target", "value", "expected"),
    [
        (TYPER, "d a b", "more", "q", "d q"),
        (TYPER, "d", "lr", "-2", "d --lr -2"),
        (TYPER, "d -n3", "num", "4", "d -n4"),
        (TYPER, "d --quiet", "loud", "true", "d --loud"),
        (TYPER, "d", "mode", "slow", "d --mode slow"),
        (TYPER, "d", "dry_run", "yes", "d --dry-run"),
        (TYPER, "d", "cache", "no", "d --no-cache"),
        (TYPER, "d --tag=z", "tag", "a b", "d --tag=a --tag=b"),
        (TYPER_APP, "train", "home", "k", "--home k train"),
        (TYPER_APP, "--home x model go --depth 4", "depth", "5", "--home x model go --depth 5"),
        (ABSL, "-lr=0.5 x", "lr", "0.2", "-lr=0.2 x"),
        (ABSL, "--lr 0.5 x", "n", "4", "--lr 0.5 x --n 4"),
        (ABSL, "x", "lr", "-1e-3", "x --lr=-1e-3"),
        (ABSL, "-k 4 -- --lr 3", "n", "9", "-k 9 -- --lr 3"),
        (ABSL, "--fast=false", "fast", "true", "--fast=true"),
        (ABSL, "", "cache", "false", "--nocache"),
        (ABSL, "--tag a --tag=b", "tag", "c", "--tag c"),
        (FIRE, "data 0.5 --epochs=4", "lr", "0.2", "data 0.2 --epochs=4"),
        (FIRE, "data", "lr", "0.2", "data --lr=0.2"),
        (FIRE, "data", "cache", "false", "data --nocache"),
        (FIRE_CLASS, "train", "root", "z", "--root=z train"),
        (FIRE_CLASS, "train", "lr", "1", "train --lr=1"),
        (TYRO, "--opt.lr 0.5", "opt.lr", "0.2", "--opt.lr 0.2"),
        (TYRO, "--opt.weight_decay=0.5", "opt.weight-decay", "1", "--opt.weight_decay=1"),
        (TYRO, "", "opt.use-amp", "no", "--opt.no-use-amp"),
        (TYRO, "", "colour", "BLUE", "--colour=BLUE"),
        (TYRO, "", "layers", "4 5", "--layers 4 5"),
        (HF, "--learning-rate 0.5", "learning_rate", "0.2", "--learning-rate 0.2"),
        (HF, "--fast", "fast", "false", "--fast false"),
        (HF, "--no_cache", "cache", "true", "--cache true"),
        (HF, "", "layers", "1 2", "--layers 1 2"),
        (HF, "", "seed", "7", "--seed 7"),
        (PYRALLIS, "", "opt.lr", "1", "--opt.lr=1"),
        (PYRALLIS, "", "fast", "true", "--fast true"),
    ],
)  # fmt: skip
def test_an_override_is_written_as_the_library_reads_it(
    project: FilesInMemory, words: str, target: str, value: str, expected: str
) -> None:
    command = f"python t.py {words}".strip()
    assert line(command, project, {target: value}) == f"python t.py {expected}"
    assert found(f"python t.py {expected}", project)[
        next(one for one in found(command, project) if one.lstrip("-") == target.replace("_", "-")
             or one.lstrip("-") == target)
    ].value in {value, "true", "false"}  # fmt: skip


@pytest.mark.parametrize(
    ("project", "words", "target", "attributes"),
    [
        (TYPER, "d", "--num", {"type": "int", "default": "3", "help": "How many."}),
        (TYPER, "d", "--mode", {"choices": ("fast", "slow"), "default": "fast"}),
        (ABSL, "", "--mode", {"choices": ("a", "b"), "type": "str", "origin": "t.py:8"}),
        (ABSL, "", "--lr", {"type": "float", "help": "The rate."}),
        (FIRE, "d", "--path", {"value": "d", "help": "where the data is."}),
        (TYRO, "", "--opt.lr", {"type": "float", "default": "0.001", "help": "The rate."}),
        (TYRO, "", "--mode", {"choices": ("a", "b")}),
        (TYRO, "", "--colour", {"choices": ("RED", "BLUE"), "default": "RED"}),
        (HF, "", "--learning_rate", {"help": "The rate.", "type": "float", "origin": "t.py:12"}),
        (HF, "", "--output_dir", {"value": "o"}),
    ],
)  # fmt: skip
def test_what_the_source_says_is_found(
    project: FilesInMemory, words: str, target: str, attributes: dict[str, object]
) -> None:
    one = found(f"python t.py {words}", project)[target]
    assert {name: getattr(one, name) for name in attributes} == attributes
