"""What the mouth of the flows needs of its neighbours (pure). One that is absent makes its nodes fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cti_server.routing.flows.acts import CallerTold, Question, Queueing, QueueSeen, Visit


@dataclass(frozen=True, slots=True)
class CallBegan:
    """A caller at the door of a flow; `number` empty when withheld, `at` unix seconds."""

    pbx: str
    uniqueid: str
    linkedid: str
    did: str
    number: str
    flow: str
    version: int
    at: float


class Prompts(Protocol):
    """Where sounds are. A path is the PBX's, without suffix."""

    def prompt_file(self, prompt: str, language: str) -> str | None:
        """The file of a prompt in a language, or in the nearest that there is."""

    def text_file(self, text: str, language: str) -> str | None:
        """The file of a text that was made into speech when its flow was published."""


class Callers(Protocol):
    """What is known of callers."""

    async def of_number(self, number: str) -> CallerTold:
        """Who calls from this number. Raises CtiError."""

    async def of_account(self, account: str) -> CallerTold:
        """Whose account or card this is; `known` false when nobody's. Raises CtiError."""


class QueuesSeen(Protocol):
    """How queues stand now."""

    def seen(self, pbx: str, queue: str) -> QueueSeen:
        """Waiting callers and signed-in agents."""


class Web(Protocol):
    """Programs that may be asked."""

    async def fetch(self, url: str, *, method: str, body: Mapping[str, str] | None, timeout: float) -> tuple[int, Any]:
        """Status and JSON of the answer; status 0 when it could not be had. Never raises."""


class Agents(Protocol):
    """Where agents are."""

    def device_for(self, pbx: str, who: str, agent: str, customer_id: str, number: str) -> str | None:
        """The device of the agent who is named, was the last, or owns the customer; None when he is not there."""


class Decisions(Protocol):
    """Who chooses queue, priority and agents (`routing/decisions`)."""

    async def meet(self, pbx: str, uniqueid: str, number: str, wish: Queueing) -> None:
        """Learn who calls, if that matters for his wish and is not known yet; at most half a second. Never raises."""

    def joining(self, pbx: str, uniqueid: str, wish: Queueing, caller: CallerTold, data: Mapping[str, str]) -> Queueing:
        """A caller is about to wait: the wish of his flow → what is done. Must not wait for anything."""


class Callbacks(Protocol):
    """The work list of callbacks."""

    async def book(
        self,
        *,
        queue: str,
        number: str,
        caller: CallerTold,
        call: str,
        did: str = "",
        language: str = "",
        priority: int = 0,
        due_at: float | None = None,
    ) -> bool:
        """Keep that this number is to be called back; `call` is pbx:linkedid, `due_at` not before. Raises CtiError."""

    async def has_open(self, number: str) -> bool:
        """Is a callback to this number open? Raises CtiError."""


class Messages(Protocol):
    """Voicemail."""

    def begin(self, *, pbx: str, uniqueid: str, linkedid: str, queue: str, number: str, did: str) -> str:
        """A message begins: the bare name of its file, empty when none can be taken. Must not wait."""

    def over(self, pbx: str, uniqueid: str) -> None:
        """He has finished, or hung up. Must not wait."""


class Surveys(Protocol):
    """Questions after a call."""

    async def question(self, survey: str, asked: int, key: str, call: str, language: str) -> Question | None:
        """Keep the answer `key` to the question before, and give the next. Raises CtiError."""


class Figures(Protocol):
    """Who counts what callers do."""

    def began(self, row: CallBegan) -> None:
        """A caller entered a flow."""

    def passed(self, pbx: str, uniqueid: str, visits: tuple[Visit, ...]) -> None:
        """He passed these nodes."""

    def ended(self, pbx: str, uniqueid: str, outcome: str, at: float) -> None:
        """His way through the flow is over: contained, ended, served, safe…, gone, lost."""
