"""hydra and OmegaConf. Each expectation was seen to hold with the libraries themselves."""

from __future__ import annotations

import pytest

from clearq_tui.model import Refused
from clearq_tui.parameters import Kind
from tests.parameters.project import files, found, line

PROJECT = files(
    {
        "t.py": """
            import hydra

            @hydra.main(version_base=None, config_path="conf", config_name="config")
            def main(cfg):
                pass

            main()
        """,
        "conf/config.yaml": """
            defaults:
              - model: resnet
              - optim/sched: cos
              - _self_
            lr: 0.1
            seed: 1
            note: hi
            model:
              width: 9
        """,
        "conf/model/resnet.yaml": "depth: 18\nwidth: 3\nlayers: [1, 2]\n",
        "conf/model/vit.yaml": "depth: 12\nheads: 8\n",
        "conf/optim/sched/cos.yaml": "t: 5\n",
        "conf/optim/sched/lin.yaml": "k: 5\n",
        "conf/other.yaml": "# @package _global_\nsize: 1\n",
    }
)


def test_configurations_are_put_together() -> None:
    known = found("python t.py", PROJECT)
    assert known["model.width"].value == "9", "the primary configuration comes last"
    assert known["model.depth"].origin == "conf/model/resnet.yaml:1"
    assert known["model.layers"].value == "[1, 2]"
    assert known["optim.sched.t"].value == "5"
    assert known["model"].choices == ("resnet", "vit")
    assert known["model"].value == "resnet"
    assert known["conf/config.yaml:lr"].kind is Kind.CONFIG


def test_another_choice_brings_other_values() -> None:
    known = found("python t.py model=vit model.heads=4", PROJECT)
    assert known["model"].value == "vit"
    assert known["model.heads"].value == "4"
    assert "model.layers" not in known


def test_another_primary_configuration_is_followed() -> None:
    assert "size" in found("python t.py --config-name=other", PROJECT)
    assert "lr" not in found("python t.py -cn other", PROJECT)


@pytest.mark.parametrize(
    ("words", "target", "value", "expected"),
    [
        ("", "lr", "0.2", "lr=0.2"),
        ("lr=0.5 seed=2", "lr", "1e-4", "lr=1e-4 seed=2"),
        ("", "model", "vit", "model=vit"),
        ("", "optim/sched", "lin", "optim/sched=lin"),
        ("", "model.layers", "[3,4]", "'model.layers=[3,4]'"),
        ("", "+extra.a", "5", "+extra.a=5"),
        ("+extra.a=4", "extra.a", "5", "+extra.a=5"),
        ("", "++lr", "5", "lr=5"),
        ("", "~seed", "", "'~seed'"),
        ("-m lr=1,2", "lr", "3,4", "-m lr=3,4"),
        ("", "note", "a b", "'note=a b'"),
    ],
)
def test_overrides_are_hydras_own(words: str, target: str, value: str, expected: str) -> None:
    assert line(f"python t.py {words}", PROJECT, {target: value}) == f"python t.py {expected}"


@pytest.mark.parametrize(
    ("target", "value", "why"),
    [
        ("lr", "fast", "a number"),
        ("model", "cnn", "one of resnet, vit"),
        ("model.dept", "3", "Did you mean model.depth"),
        ("+lr", "3", "is there already"),
        ("~nothing", "", "no parameter nothing"),
    ],
)
def test_what_hydra_would_refuse_is_refused_here(target: str, value: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        line("python t.py", PROJECT, {target: value})


def test_omegaconf_by_itself() -> None:
    project = files(
        {
            "t.py": """
                from omegaconf import OmegaConf
                c = OmegaConf.merge(OmegaConf.load("base.yaml"), OmegaConf.from_cli())
            """,
            "base.yaml": "lr: 0.1\nm:\n  d: 3\n",
        }
    )
    assert line("python t.py m.d=4", project, {"m.d": "5"}) == "python t.py m.d=5"
    assert line("python t.py", project, {"lr": "1"}) == "python t.py lr=1"


def test_a_structured_configuration_is_read() -> None:
    project = files(
        {
            "t.py": """
                import hydra
                from dataclasses import dataclass, field
                from hydra.core.config_store import ConfigStore

                @dataclass
                class Model:
                    depth: int = 3

                @dataclass
                class Config:
                    lr: float = 0.1
                    model: Model = field(default_factory=Model)

                ConfigStore.instance().store(name="config", node=Config)

                @hydra.main(version_base=None, config_name="config")
                def main(cfg):
                    pass
            """
        }
    )
    assert found("python t.py", project)["model.depth"].value == "3"
    assert line("python t.py", project, {"lr": "1"}) == "python t.py lr=1"
