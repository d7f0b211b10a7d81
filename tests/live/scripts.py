"""Short stories told to a model, fact by fact: what a PBX would say, in few words."""

from cti_server.live import facts
from cti_server.live.facts import Channel, MemberSeen
from tests.live.replaying import Replay

START = 1_800_000_000.0


def channel(id_: str, linked: str, name: str, number: str = "", caller: str = "", exten: str = "") -> Channel:
    return Channel(name, number=number, caller_name=caller, context="c", exten=exten, id=id_, linkedid=linked)


class Story(Replay):
    """A replay with a clock: `at` grows by what each step says."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START
        self.names: dict[str, tuple[str, str]] = {}
        self.numbers: dict[str, str] = {}
        self.extens: dict[str, str] = {}

    def tell(self, fact: facts.Fact) -> "Story":
        self.apply(fact, self.at)
        return self

    def after(self, seconds: float) -> "Story":
        self.at += seconds
        return self

    def of(self, id_: str) -> Channel:
        name, linked = self.names[id_]
        return channel(id_, linked, name, self.numbers.get(id_, ""), exten=self.extens.get(id_, ""))

    def member(self, ext: str, queue: str = "support", **more: object) -> "Story":
        device = ext if "/" in ext else f"PJSIP/{ext}"
        given: dict[str, object] = {
            "queue": queue, "interface": device, "state_interface": device, "name": f"Agent {ext}", "penalty": 0,
            "status": 1, "paused": False, "reason": "",
        }  # fmt: skip
        return self.tell(MemberSeen(**{**given, **more}))  # type: ignore[arg-type]

    def begins(
        self, id_: str, name: str, linked: str | None = None, state: int = 4, number: str = "", exten: str = ""
    ) -> "Story":
        self.names[id_] = (name, linked or id_)
        self.numbers[id_] = number
        self.extens[id_] = exten
        return self.tell(facts.ChannelBegan(self.of(id_), state, exten))

    def incoming(self, id_: str = "1", number: str = "13800001111", exten: str = "4000") -> "Story":
        return self.begins(id_, f"PJSIP/trunk-{id_}", number=number, exten=exten).up(id_)

    def up(self, id_: str) -> "Story":
        return self.tell(facts.ChannelStateChanged(self.of(id_), 6))

    def joins(self, id_: str = "1", queue: str = "support", position: int = 1, place: str = "c,4000") -> "Story":
        return self.tell(facts.QueueJoined(self.of(id_), queue, position, place))

    def leaves(self, id_: str = "1", queue: str = "support", place: str = "c,4000") -> "Story":
        return self.tell(facts.QueueLeft(id_, queue, place))

    def gives_up(self, id_: str = "1", queue: str = "support", place: str = "c,4000") -> "Story":
        return self.tell(facts.QueueGivenUp(id_, queue, place))

    def rings(self, id_: str, ext: str, for_: str = "1", queue: str = "support") -> "Story":
        self.begins(id_, f"PJSIP/{ext}-{id_}", self.names[for_][1], state=0, exten="s")
        self.tell(facts.AgentCalled(self.of(for_), self.of(id_), queue, f"PJSIP/{ext}"))
        return self.dials(id_, for_, ext)

    def dials(self, id_: str, for_: str | None, dial_string: str = "") -> "Story":
        caller = self.of(for_) if for_ else None
        return self.tell(facts.DialBegan(caller, self.of(id_), dial_string))

    def dial_ends(self, id_: str, status: str) -> "Story":
        return self.tell(facts.DialEnded(id_, status))

    def bridged(self, bridge: str, *ids: str, creator: str = "<unknown>") -> "Story":
        for id_ in ids:
            self.tell(facts.BridgeEntered(self.of(id_), bridge, "simple_bridge", creator))
        return self

    def unbridged(self, bridge: str, *ids: str) -> "Story":
        for id_ in ids:
            self.tell(facts.BridgeLeft(id_, bridge))
        return self

    def asks(self, id_: str, cause: int = 0) -> "Story":
        return self.tell(facts.HangupAsked(id_, cause))

    def ends(self, *ids: str, cause: int = 16) -> "Story":
        for id_ in ids:
            self.tell(facts.ChannelEnded(self.of(id_), cause))
        return self

    def talk_of(self, ext: str, id_: str, for_: str = "1", queue: str = "support") -> "Story":
        """An agent answers the queue's call and is bridged."""
        self.up(id_).dial_ends(id_, "ANSWER").leaves(for_, queue)
        self.tell(facts.AgentConnected(for_, id_, queue))
        return self.bridged(f"b{id_}", id_, for_)

    def state(self, ext: str) -> str:
        return self.pbx.agents[f"PJSIP/{ext}"].state
