"""The shell script that turns a fresh set of namespaces into a machine, as its first process."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from tests.fleet_of_namespaces.machine_options import BUSYBOX_SHELL, NOISE, MachineOptions
from tests.fleet_of_namespaces.namespace import READY
from tests.fleet_of_namespaces.pythons import find_python, prefix_of

_HIDDEN = (Path.home(), Path(__file__).parents[2])

_START_UP_FILES = (
    ".bashrc",
    ".profile",
    ".zshenv",
    ".tcshrc",
    ".cshrc",
    ".kshrc",
    ".config/fish/config.fish",
)

_SSHD = """\
Port 22
HostKey /etc/ssh/fleet_host_key
AuthorizedKeysFile /etc/ssh/fleet_keys
PidFile /run/sshd.pid
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
UseDNS no
PrintMotd no
LogLevel VERBOSE
Subsystem sftp internal-sftp
"""


def boot_script(disk: Path, name: str, uid: int, options: MachineOptions, sshd: str) -> str:
    """What `init` runs.

    `disk` is a directory of this system that survives the machine's reboots; it holds the files
    `host_key`, `keys` and `boot_id`, and the directories `home` and `vartmp`.
    """
    steps = [
        "set -eu",
        f"cd {quote(str(disk))}",
        "mount -t tmpfs -o mode=0755 tmpfs over",
        "mkdir over/upper over/work over/merged",
        "mount -t overlay overlay -o lowerdir=/,upperdir=over/upper,workdir=over/work over/merged",
        *_system_files(name, uid, options),
        *_homes(options, uid),
        *_hidden(),
        *_programs(options),
        "cd over/merged",
        "mkdir -p old-root",
        "pivot_root . old-root",
        "umount -l /old-root",
        "rmdir /old-root",
        f"hostname {quote(name)}",
        f"{quote(sshd)} -f /etc/ssh/fleet_config -E /run/sshd.log",
        f"echo {READY}",
        "exec </dev/null >/dev/null 2>&1",
        # A shell that waits for a child takes in every orphan that ends meanwhile.
        "exec bash -c 'while :; do (exec -a sleep-of-init sleep 86400); done'",
    ]
    return "\n".join(steps) + "\n"


def _hidden() -> list[str]:
    """What of this system a task must not find by accident."""
    places = [f"over/merged{quote(str(path))}" for path in _HIDDEN]
    return [
        step
        for place in places
        for step in (f"mkdir -p {place}", f"mount -t tmpfs -o mode=0755 tmpfs {place}")
    ]


def _system_files(name: str, uid: int, options: MachineOptions) -> list[str]:
    account = f"ada:x:{uid}:{uid}:Ada:{options.home}:{options.shell}"
    lines = dict(options.sshd)
    if options.python_on_path and options.python not in ("system", "none"):
        lines["SetEnv"] = "PATH=/srv/python/bin:/usr/local/bin:/usr/bin:/bin"
    config = "".join(f"{key} {value}\n" for key, value in lines.items()) + _SSHD
    etc = "over/merged/etc"
    return [
        "mount -t proc proc over/merged/proc",
        "mount --bind boot_id over/merged/proc/sys/kernel/random/boot_id",
        "mount -t sysfs sysfs over/merged/sys",
        "mount --rbind /dev over/merged/dev",
        "mount -t tmpfs -o mode=1777 tmpfs over/merged/dev/shm",
        "mount -t tmpfs -o mode=0755 tmpfs over/merged/run",
        "mkdir -p over/merged/run/sshd",
        "chmod 0755 over/merged/run/sshd",
        f"echo {quote(account)} >>{etc}/passwd",
        f"echo {quote(f'ada:x:{uid}:')} >>{etc}/group",
        f"echo 'ada:*:19000:0:99999:7:::' >>{etc}/shadow",
        f"grep -q ^sshd: {etc}/passwd || echo sshd:x:102:65534::/run/sshd:/bin/sh >>{etc}/passwd",
        f"echo {quote(name.encode().hex().ljust(32, '0')[:32])} >{etc}/machine-id",
        f"echo {quote(f'127.0.0.1 localhost {name}')} >{etc}/hosts",
        f"echo {quote(options.shell)} >>{etc}/shells",
        f"mkdir -p {etc}/ssh",
        f"cp keys {etc}/ssh/fleet_keys",
        f"cp host_key {etc}/ssh/fleet_host_key",
        f"chmod 0600 {etc}/ssh/fleet_host_key",
        f"printf %s {quote(config)} >{etc}/ssh/fleet_config",
    ]


def _homes(options: MachineOptions, uid: int) -> list[str]:
    inside = "over/merged" + quote(options.home)
    no_exec = ",noexec" if options.no_exec else ""
    steps = [
        f"mount -t tmpfs -o mode=1777{no_exec} tmpfs over/merged/tmp",
        "mount --bind vartmp over/merged/var/tmp",
        f"mkdir -p {inside}",
    ]
    if options.home_bytes is None:
        steps.append(f"mount --bind home {inside}")
    else:
        steps.append(f"mount -t tmpfs -o size={options.home_bytes} tmpfs {inside}")
    for path, content in _files(options).items():
        target = f"{inside}/{quote(path)}"
        steps += [f'mkdir -p "$(dirname {target})"', f"printf %s {quote(content)} >{target}"]
    steps += [f"chown -R {uid}:{uid} {inside}", f"chmod 0755 {inside}"]
    if options.home_read_only or options.no_exec:
        read_only = ",ro" if options.home_read_only else ""
        steps.append(f"mount -o remount,bind{read_only}{no_exec} {inside}")
    if options.no_exec:
        steps.append("mount -o remount,bind,noexec over/merged/var/tmp")
    return steps


def _files(options: MachineOptions) -> dict[str, str]:
    noise = dict.fromkeys(_START_UP_FILES, NOISE + "\n") if options.noise else {}
    if options.noise:
        # The C shells know no `>&2`.
        noise[".tcshrc"] = noise[".cshrc"] = "echo noise from a start-up file\n"
    return {**noise, **options.files}


def _programs(options: MachineOptions) -> list[str]:
    removed = [
        f"rm -rf over/merged{directory}/{quote(name)}"
        for name in options.removed
        for directory in ("/bin", "/usr/bin", "/usr/local/bin")
    ]
    removed.append(
        f"! command -v busybox >/dev/null || ln -s $(command -v busybox) over/merged{BUSYBOX_SHELL}"
    )
    if options.python == "system":
        return removed
    removed += [
        f"rm -rf over/merged{directory}/python*" for directory in ("/usr/bin", "/usr/local/bin")
    ]
    if options.python == "none":
        return removed
    interpreter = find_python(options.python)
    assert interpreter is not None, f"there is no Python {options.python} here; see find_python"
    # Where it was installed and nowhere else does it find its shared library.
    prefix = quote(str(prefix_of(interpreter)))
    return [
        *removed,
        f"mkdir -p over/merged{prefix}",
        f"mount --bind {prefix} over/merged{prefix}",
        "mkdir -p over/merged/srv",
        f"ln -s {prefix} over/merged/srv/python",
    ]
