"""What can go wrong on the link to a PBX, as errors that people may see.

CtiError
├── Unavailable
│   ├── AmiNotConnected      nothing was sent
│   ├── AmiBusy              nothing was sent: too many actions wait for their answers
│   └── AmiLinkLost          the link went while the answer was awaited: the outcome is unknown
│       ├── AmiSilent        the peer stopped talking
│       ├── AmiNotSpoken     the peer does not talk AMI, or sent what no Asterisk sends
│       └── AmiShutdown      Asterisk said that it shuts down
├── TimedOut
│   └── AmiTimeout           no answer within the limit: the outcome is unknown
├── Conflict
│   └── AmiRefused           Asterisk answered "Error"
└── AmiLoginRefused          Asterisk refuses our account (an operator has to act)
"""

from cti_server.core.errors import Conflict, CtiError, TimedOut, Unavailable


class AmiNotConnected(Unavailable):
    """There is no ready link to the PBX; the action was not sent."""

    default_code = "pbx_not_connected"


class AmiBusy(Unavailable):
    """Too many actions wait for their answers; this one was not sent."""

    default_code = "pbx_busy"


class AmiLinkLost(Unavailable):
    """The link broke. An action that waited for its answer may or may not have been done; it is never sent again."""

    default_code = "pbx_link_lost"


class AmiSilent(AmiLinkLost):
    """The PBX has not said anything for too long although it was asked."""

    default_code = "pbx_silent"


class AmiNotSpoken(AmiLinkLost):
    """The peer sent something that is not AMI."""

    default_code = "pbx_not_ami"


class AmiShutdown(AmiLinkLost):
    """Asterisk announced that it shuts down or restarts."""

    default_code = "pbx_shutdown"


class AmiTimeout(TimedOut):
    """The PBX did not answer within the limit. The action may or may not have been done; it is never sent again."""

    default_code = "pbx_timeout"


class AmiRefused(Conflict):
    """The PBX answered with an error; `message` is its own text."""

    default_code = "pbx_refused"

    def __init__(self, action: str, message: str) -> None:
        super().__init__(f"The PBX refused {action}: {message}", action=action, message=message)
        self.action = action
        self.message = message

    @property
    def unavailable(self) -> bool:
        """True when the account may not ask this or the module for it is not loaded."""
        return self.message.startswith(("Permission denied", "Invalid/unknown command"))


class AmiLoginRefused(CtiError):
    """Asterisk refuses the account; the sentence names the settings to look at."""

    status = 503
    default_code = "pbx_login_refused"
