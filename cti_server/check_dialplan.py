"""Part of `cti-server check`: whether the dialplan of a PBX has our pieces, and asks us where we listen."""

import socket
from collections.abc import AsyncIterator
from typing import Final

from cti_server.ami import actions
from cti_server.ami.connection import AmiConnection
from cti_server.ami.errors import AmiRefused

CONTEXTS: Final = (
    "cti-flow",
    "cti-queue",
    "cti-callback",
    "cti-overflow-callback",
    "cti-spy",
    "cti-transfer-inside",
    "cti-outside",
    "cti-phone",
)
RULE: Final = "cti-ring"
Found = tuple[str, bool | None, str, str]
"""What, whether it is good (None: advice), what was found, and what to do about it."""


async def dialplan_lines(connection: AmiConnection, name: str, host: str, port: int, *, enabled: bool) -> (
    AsyncIterator[Found]
):  # fmt: skip
    """Contexts, queue rules, and CTI_AGI of a PBX; `host` and `port` where our FastAGI listens."""
    missing = []
    try:
        for context in CONTEXTS:
            if not (await connection.send(actions.show_context(context))).items:
                missing.append(context)
    except AmiRefused as refusal:
        fix = "Let the AMI user read the dialplan: reporting among write= (config/asterisk/manager_cti.conf)."
        yield f"{name}: dialplan", None, f"cannot be looked at: {refusal.message}", fix
    else:
        yield _contexts(name, missing)
    rules = await connection.send(actions.queue_rule(RULE))
    if rules.headers.get("RuleList"):
        yield f"{name}: queue rules", True, f"{RULE} is there", ""
    else:
        fix = "Include config/asterisk/queuerules_cti.conf in queuerules.conf, then: queue reload rules."
        yield f"{name}: queue rules", False, f"there is no rule {RULE}: a ring that is kept narrow never opens", fix
    if enabled:
        said = (await connection.send(actions.global_variable("CTI_AGI"))).headers.get("Value", "")
        yield _agi(name, said, host, port)


def _contexts(name: str, missing: list[str]) -> Found:
    what = f"{name}: dialplan"
    ours = [context for context in missing if context not in ("cti-outside", "cti-phone")]
    if ours:
        fix = "Include config/asterisk/extensions_cti.conf at the end of extensions.conf, then: dialplan reload."
        return what, False, f"missing: {', '.join(ours)}", fix
    if missing:
        fix = (
            "Without cti-outside nobody dials out or is called back, without cti-phone no phone in the browser; "
            "see config/asterisk/."
        )
        return what, None, f"missing: {', '.join(missing)}", fix
    return what, True, ", ".join(CONTEXTS), ""


def _agi(name: str, said: str, host: str, port: int) -> Found:
    what = f"{name}: CTI_AGI"
    if not said:
        fix = f"Set CTI_AGI = {host}:{port} in the globals; without it no caller follows a flow."
        return what, None, "is empty: the PBX does not ask for flows", fix
    if port and said.rpartition(":")[2] != str(port):
        fix = f"Let CTI_AGI and routing.port name one port: CTI_AGI = {host}:{port}."
        return what, False, f"{said}, but we listen on port {port}", fix
    return what, True, said, ""


def port_line(host: str, port: int) -> Found:
    """Whether the FastAGI port is free, or answers as ours does."""
    what = f"FastAGI port {host}:{port}"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if _is_ours(host, port):
                return what, True, "a running cti-server answers there", ""
            fix = "Another program has it: stop that, or set routing.port and CTI_AGI in the dialplan's globals."
            return what, False, error.strerror or str(error), fix
    return what, True, "free", ""


def _is_ours(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2.0) as peer:
            peer.sendall(b"agi_network_script: alive\n\n")
            peer.settimeout(2.0)
            return b"CTI_ANSWER" in peer.recv(200)
    except OSError:
        return False
