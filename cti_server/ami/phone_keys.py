"""Passwords of browser phones, as actions: they run the lines of config/asterisk/extensions_phone_cti.conf, no others.

Our account may not touch Asterisk's database, nor its configuration. Those lines may, for this one thing; they are
reached by Originate on a Local channel. The action is answered when the channel has been answered or has failed, so its
reply says whether the thing was done. AmiRefused "Originate failed": no such browser endpoint, or the lines are not
included there.
"""

import re
from typing import Final

from cti_server.ami import fields
from cti_server.ami.actions import Action
from cti_server.core.errors import BadInput

CONTEXT: Final = "cti-phone"
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")


def give_key(endpoint: str, user: str, password: str) -> Action:
    """Let `endpoint` sign in with this name and password from now on, and with no other. Raises BadInput."""
    for name, value in (("user", user), ("password", password)):
        if not _WORD.fullmatch(value):
            raise BadInput(f"That {name} cannot be given.", field=name, allowed="1 to 80 letters, digits, _ and -")
    return _step("give", CTI_PHONE=fields.endpoint(endpoint), CTI_PHONE_USER=user, CTI_PHONE_KEY=password)


def take_key(endpoint: str) -> Action:
    """Let nobody sign in as `endpoint`; fine when nobody could. Raises BadInput."""
    return _step("take", CTI_PHONE=fields.endpoint(endpoint))


def _step(exten: str, **variables: str) -> Action:
    lines = [
        fields.line("Channel", f"Local/{exten}@{CONTEXT}/n"),
        fields.line("Context", CONTEXT),
        fields.line("Exten", "done"),
        fields.line("Priority", "1"),
        fields.line("Timeout", "3000"),
        fields.line("Async", "false"),
    ]
    lines += [fields.line("Variable", fields.assignment(name, value)) for name, value in variables.items()]
    return Action("Originate", tuple(lines))
