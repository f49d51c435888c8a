"""The five steps, in their order, the same in every mode."""

from __future__ import annotations

from typing import Any, Dict

from remote_agent.environments.interface import Environment, Ready
from remote_agent.steps import Steps
from remote_agent.workspace import lay_changes_out, lay_files_over, lay_out

OPENING = "environment"
SET_UP = "set-up"
SYSTEM_PACKAGES = "system packages"
CODE = "code"
CHANGES = "changes"
PACKAGES = "packages"


def needs_setting_up(spec: Dict[str, Any]) -> bool:
    """Whether anything must happen before the command can be started."""
    return spec["mode"] != "host" or any(
        spec.get(field) for field in ("code", "setup", "system_packages")
    )


def set_up(environment: Environment, steps: Steps) -> Ready:
    """Carry out what the spec asks for; what to execute then.

    Raises:
        StepFailed: the sentence begins with the name of the step.
    """
    site = environment.site
    spec = site.spec
    if spec["mode"] == "docker":
        with steps.step(OPENING):
            environment.open()
    else:
        environment.open()
    if spec.get("setup"):
        with steps.step(SET_UP):
            for script in spec["setup"]:
                environment.run_script(script["whose"], script["script"])
    if spec.get("system_packages"):
        with steps.step(SYSTEM_PACKAGES):
            environment.install_system_packages(spec["system_packages"])
    if spec.get("code"):
        with steps.step(CODE):
            layout = site.layout
            site.place = lay_out(spec["code"], layout.blobs, layout.cache, site.workspace, site.say)
        with steps.step(CHANGES):
            lay_changes_out(spec["code"], site.workspace)
            lay_files_over(spec.get("files", ()), site.layout, site.workspace)
    if spec["mode"] != "host":
        with steps.step(PACKAGES):
            environment.set_up_packages()
    return environment.ready(site.place)
