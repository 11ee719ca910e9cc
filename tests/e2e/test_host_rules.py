"""The rules of a host: whole whatever others do meanwhile, and told where they cannot follow the policy."""

import os
import shutil
import subprocess

import pytest

from lab import run
from policy import block
from ttls import binary


def test_rules_that_another_program_spoils_while_they_are_loaded_are_whole_in_the_end(place):
    place.start_daemon()
    place.start()
    whole = place.lab.rules()
    place.stop()
    # Takes the drops of one chain away as soon as they are first there.
    shim = place.work / "bin"
    shim.mkdir()
    real = shutil.which("nft", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    (shim / "nft").write_text(
        f'#!/bin/sh\n{real} "$@" || exit\n'
        f'[ "$1" = -f ] && mkdir "{shim}/spoilt" 2>/dev/null && {real} flush chain inet ttls prerouting\nexit 0\n'
    )
    (shim / "nft").chmod(0o755)
    place.start(path=shim)
    assert (shim / "spoilt").exists()
    assert place.lab.rules() == whole


def test_what_is_shown_is_what_the_agent_puts_there_and_goes_as_it_says(place):
    before = place.lab.routing()
    place.start_daemon()
    place.start()
    rules, routing = place.lab.rules(), place.lab.routing()
    shown = run(binary(), "host", "show", "--policy", place.work / "policy")
    place.stop()
    assert (place.lab.rules(), place.lab.routing()) == ("", before)

    def by_hand(text):
        """The commands of a part of it, which are comments for `nft -f`."""
        for line in text.splitlines():
            if line.startswith(("# ip ", "# nft ")):
                run(*place.lab.enter("host"), *line.removeprefix("# ").split())

    place_it, remove_it = shown.split("# To remove it by hand")
    subprocess.run([*place.lab.enter("host"), "nft", "-f", "-"], input=place_it, text=True, check=True)
    by_hand(place_it)
    assert (place.lab.rules(), place.lab.routing()) == (rules, routing)
    by_hand(remove_it)
    assert (place.lab.rules(), place.lab.routing()) == ("", before)


@pytest.mark.parametrize("dry", [True, False])
def test_a_reload_that_changes_an_interceptor_says_what_to_do(place, dry):
    place.policy.intercept = {"AtStop": "Keep"}
    place.start_daemon()
    place.start()
    rules = place.lab.rules()
    for change, parameters in (("has changed", {"Table": "other"}), ("is gone", None)):
        place.policy.intercept = parameters
        # Nothing else of it may come into force either.
        other = {"LocalPortRange": 3000, "Direction": "Inbound", "TTLSGroupActionRef": "off"}
        place.policy.more = block("TTLSRule", "other", other)
        place.policy.more += block("TTLSGroupAction", "off", {"TTLSEnabled": "Off"})
        place.write()
        words = ["--dry-run"] if dry else []
        command = [binary(), "reload", "--admin", place.admin, *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode != 0
        assert f"TTLSIntercept host {change}" in done.stdout + done.stderr
        assert "restart the agent" in done.stdout + done.stderr
        assert place.lab.rules() == rules
