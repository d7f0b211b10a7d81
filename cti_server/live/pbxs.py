"""All PBXs of a site as one: what rooms look at."""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Generic, TypeVar, cast

from cti_server.live.pbx import Pbx
from cti_server.live.views import AgentView, CallView, LinkView, QueueView

View = TypeVar("View")


class _ByPbx(Mapping[tuple[str, str], View], Generic[View]):
    """(PBX, name) → view, over the mappings of the PBXs."""

    def __init__(self, each: Mapping[str, Mapping[str, View]]) -> None:
        self._each = each

    def __getitem__(self, key: tuple[str, str]) -> View:
        pbx, name = key
        return self._each[pbx][name]

    def __contains__(self, key: object) -> bool:
        # Mapping's own would make the view only to see that there is one.
        return isinstance(key, tuple) and len(key) == 2 and key[1] in self._each.get(key[0], ())

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((pbx, name) for pbx, names in self._each.items() for name in names)

    def __len__(self) -> int:
        return sum(map(len, self._each.values()))


class Pbxs:
    """The live truth over all PBXs. The mappings are live: they change as the PBXs do."""

    def __init__(self, each: Mapping[str, Pbx]) -> None:
        self._each = dict(each)
        # ChainMap asks for mutable ones and is only read here.
        calls = [cast("MutableMapping[str, CallView]", pbx.calls) for pbx in each.values()]
        self.calls: Mapping[str, CallView] = ChainMap(*calls)
        self.agents: Mapping[tuple[str, str], AgentView] = _ByPbx({name: pbx.agents for name, pbx in each.items()})
        self.queues: Mapping[tuple[str, str], QueueView] = _ByPbx({name: pbx.queues for name, pbx in each.items()})

    @property
    def links(self) -> Mapping[str, LinkView]:
        """By PBX."""
        return {name: pbx.link for name, pbx in self._each.items()}

    def of(self, name: str) -> Pbx:
        """One PBX."""
        return self._each[name]

    def restore(self, calls: Iterable[CallView]) -> None:
        """Give each PBX the calls that were open when the server last ran; other PBXs' calls are left."""
        by_pbx: dict[str, list[CallView]] = {}
        for call in calls:
            by_pbx.setdefault(call.pbx, []).append(call)
        for name, pbx in self._each.items():
            pbx.restore(by_pbx.get(name, []))
