"""What a task's command finds in its container, and how its end is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.agent.forker import Forker
from tests.containers.engines import OwnEngine
from tests.containers.specs import in_image, on_both_engines, scripts


@on_both_engines
def test_a_command_runs_in_the_image_and_needs_nothing_but_a_shell(forker: Forker) -> None:
    script = 'echo "in $(ls /bin)"; echo out >&2; pwd; echo "$CLEARQ_TASK"; echo x >here'
    forker.shell("1.1", script, **in_image())
    assert forker.result("1.1") == ("completed", 0, None, "")
    log = forker.log("1.1")
    assert "in busybox cat" in log.replace("\n", " ")
    assert log.endswith(f"out\n{forker.root}/attempts/1.1/workspace\n1\n")
    assert (forker.root / "attempts/1.1/workspace/here").read_text() == "x\n"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["sh", "-c", "exit 3"], 3),
        (["sh", "-c", "kill -KILL $$"], 137),
        (["no-such-program"], 127),
        (["/tmp"], 126),
    ],
)
def test_the_exit_code_is_what_a_shell_would_tell(
    forker: Forker, command: list[str], code: int
) -> None:
    forker.start("1.1", *command, **in_image())
    outcome, found, _, _ = forker.result("1.1")
    assert (outcome, found) == ("failed", code)
    if code in (126, 127):
        assert command[0] in forker.log("1.1")


def test_no_text_is_changed_on_its_way(forker: Forker) -> None:
    odd = "a 'b' \"c\" $HOME `id` \\ * \n two\tö \udcff!"
    names = {"ODD": odd, "EMPTY": "", "MINE": "'"}
    script = 'printf "%s|" "$ODD" "$EMPTY" "$MINE" "$@"; echo'
    forker.start(
        "1.1",
        *("sh", "-c", script, "sh", odd, "", "-n", "--", "$X"),
        environment=names,
        **in_image(),
    )
    assert forker.result("1.1") == ("completed", 0, None, "")
    log = Path(forker.layout.attempt_log("1.1")).read_bytes()
    assert os.fsencode(f"{odd}||'|{odd}||-n|--|$X|\n") in log


def test_names_that_no_shell_takes_are_set_by_env(forker: Forker) -> None:
    forker.start("1.1", "cat", "/proc/self/environ", environment={"a.b": "c d"}, **in_image())
    assert forker.result("1.1")[:2] == ("failed", 127)
    assert "env" in forker.log("1.1")  # which this image lacks


def test_variables_are_the_tasks_and_the_images_but_not_the_machines(
    forker: Forker, monkeypatch: pytest.MonkeyPatch
) -> None:
    forker.start("1.1", "cat", "/proc/self/environ", environment={"A": "b"}, **in_image())
    assert forker.result("1.1") == ("completed", 0, None, "")
    said = forker.log("1.1").rpartition("\n")[2]
    found = dict(entry.split("=", 1) for entry in said.split("\0") if entry)
    here = str(forker.root / "attempts/1.1")
    assert found["A"] == "b"
    assert found["CLEARQ_OUTPUT"] == f"{here}/output"
    assert found["CLEARQ_WORKSPACE"] == f"{here}/workspace"
    assert found["CLEARQ_ATTEMPT"] == "1.1"
    assert found["NVIDIA_VISIBLE_DEVICES"] == "void"
    assert not {"CLEARQ_ATTEMPT_DIRECTORY", "DOCKER_HOST", "CONTAINERS_CONF", "HOUSE"} & set(found)
    assert os.environ["PATH"] != found["PATH"]


@on_both_engines
def test_outputs_and_scalars_reach_the_machine_and_belong_to_the_account(forker: Forker) -> None:
    script = (
        'cd "$CLEARQ_OUTPUT" && mkdir -p a/b && echo data >a/b/c && echo home >"$HOME/x"\n'
        'echo \'{"step": 1}\' >>"$CLEARQ_SCALARS"; id -u'
    )
    forker.shell("1.1", script, **in_image())
    assert forker.result("1.1") == ("completed", 0, None, "")
    directory = forker.root / "attempts/1.1"
    written = directory / "output/a/b/c"
    assert written.read_text() == "data\n"
    assert written.stat().st_uid == os.geteuid()
    assert (directory / "scalars").read_text() == '{"step": 1}\n'
    assert forker.log("1.1").endswith(f"\n{os.geteuid()}\n")


def test_orphans_do_not_stay_as_zombies(forker: Forker) -> None:
    script = (
        "for n in 1 2 3; do sh -c 'sleep 0.1 & sleep 0.05'; done; sleep 0.5\n"
        "cat /proc/[0-9]*/stat | while read -r line; do\n"
        "case $line in *') Z '*) echo ZOMBIE;; esac; done"
    )
    forker.shell("1.1", script, **in_image())
    assert forker.result("1.1") == ("completed", 0, None, "")
    assert "ZOMBIE" not in forker.log("1.1")


def test_clearqs_files_cannot_be_changed_from_inside(forker: Forker) -> None:
    forker.shell("1.1", "echo x >/clearq/scripts/main.sh", **in_image())
    assert forker.result("1.1")[0] == "failed"
    assert "Read-only" in forker.log("1.1")


def test_size_of_shared_memory_and_network(forker: Forker) -> None:
    script = "stat -f /dev/shm; ls /sys/class/net"
    forker.shell("1.1", script, **in_image(shm_size="12m", network="none"))
    assert forker.result("1.1") == ("completed", 0, None, "")
    log = forker.log("1.1")
    assert "Total: 3072" in log  # of 4 KiB
    assert log.endswith("\nlo\n")


def test_arguments_of_the_operator_reach_the_engine(forker: Forker) -> None:
    forker.shell(
        "1.1",
        'read -r name </etc/hostname; echo $name; echo "$FROM"',
        **in_image(arguments=["--hostname", "somewhere", "-eFROM=argument"]),
    )
    assert forker.result("1.1") == ("completed", 0, None, "")
    assert forker.log("1.1").endswith("somewhere\nargument\n")


def test_arguments_that_do_not_pass_are_named(forker: Forker) -> None:
    forker.start("1.1", "true", **in_image(arguments=["--privileged", "-v/:/host", "-eA=b"]))
    outcome, _, _, reason = forker.result("1.1")
    assert outcome == "failed"
    assert reason.startswith("environment: the image's arguments do not all pass")
    assert "--privileged (" in reason
    assert "--volume=/:/host (" in reason
    assert "--env" not in reason


@on_both_engines
def test_what_set_up_scripts_export_stays(forker: Forker) -> None:
    forker.shell(
        "1.1",
        'echo "$A|$B|$LEFT|${GONE-unset}|$ODD|$CLEARQ_TASK"; pwd',
        environment={"GONE": "x"},
        setup=scripts(
            worker="export A=worker B=one CLEARQ_TASK=other; LEFT=no; unset GONE; pwd\n"
            'export ODD="2\nlines: $(echo 3) \'"',
            task='test "$A" = worker\nexport B="$B two"\nexit 0',
        ),
        **in_image(),
    )
    assert forker.result("1.1") == ("completed", 0, None, "")
    log = forker.log("1.1")
    assert "\n/clearq/work/set-up-worker\n" in log
    assert "worker|one two||unset|2\nlines: 3 '|1\n" in log


def test_what_a_set_up_script_changes_in_the_image_stays(forker: Forker) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may write to the image's directories")
    forker.shell(
        "1.1", "cat /tmp/made", setup=scripts(task="echo was here >/tmp/made"), **in_image()
    )
    assert forker.result("1.1") == ("completed", 0, None, "")
    assert forker.log("1.1").endswith("was here\n")


def test_a_set_up_script_stops_at_its_first_failing_line(forker: Forker) -> None:
    forker.start(
        "1.1",
        "true",
        setup=scripts(task="echo before\nls /does-not-exist\necho after"),
        **in_image(),
    )
    outcome, code, _, reason = forker.result("1.1")
    assert (outcome, code) == ("failed", None)
    assert reason == "set-up: the task's script ended with exit code 1."
    log = forker.log("1.1")
    assert "before\n" in log
    assert "/does-not-exist" in log
    assert "\nafter\n" not in log


def test_an_image_without_an_installer_is_told_of(forker: Forker) -> None:
    forker.start("1.1", "true", system_packages=["jq"], **in_image())
    assert forker.result("1.1")[3] == (
        "system packages: the image has none of apt-get, dnf, apk, with which to install jq."
    )


@on_both_engines
def test_an_image_without_a_shell_is_told_of(forker: Forker, engine: OwnEngine) -> None:
    name = "localhost/clearq-tests/empty:1"
    engine.run("import", "-", name, text=bytes(10240))
    forker.start("1.1", "true", **in_image(name))
    outcome, _, _, reason = forker.result("1.1")
    assert outcome == "failed"
    assert f"the image {name} has no /bin/sh" in reason


def test_an_image_that_is_nowhere_is_told_of(forker: Forker) -> None:
    name = "localhost:1/nowhere:1"
    forker.start("1.1", "true", **in_image(name))
    outcome, _, _, reason = forker.result("1.1")
    assert outcome == "failed"
    assert f"the image {name} cannot be pulled" in reason
    forker.start("2.1", "true", offline=True, **in_image(name))
    assert "nothing may be fetched" in forker.result("2.1")[3]
