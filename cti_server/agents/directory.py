"""Who owns which device, in memory and always at hand."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from cti_server.agents.model import Device, Person, Profile, ProfileJson
from cti_server.core.auth.scope import Scope
from cti_server.live.views import AgentView


class Directory:
    """Users ↔ devices. A device belongs to one user at most, and a user to one device."""

    def __init__(self, agents: Mapping[Device, AgentView] | None = None) -> None:
        """`agents`: as the PBXs know them, for the queues in which somebody is beside those of his profile."""
        self._agents = agents if agents is not None else {}
        self._profiles: dict[int, Profile] = {}
        self._owners: dict[Device, int] = {}
        self._people: dict[int, Person] = {}

    def __iter__(self) -> Iterator[Profile]:
        """All profiles by user number."""
        return iter([self._profiles[user_id] for user_id in sorted(self._profiles)])

    def load(self, profiles: Iterable[Profile], people: Iterable[Person]) -> None:
        """Put these in place of everything."""
        self._profiles.clear()
        self._owners.clear()
        self.meet(people)
        for profile in profiles:
            self.put(profile)

    def meet(self, people: Iterable[Person]) -> None:
        """Put these in place of the people known so far."""
        self._people = {person.id: person for person in people}

    def put(self, profile: Profile) -> Profile | None:
        """Keep a profile; returns the user's former one. Raises ValueError when the device is another user's."""
        owner = self._owners.get(profile.key)
        if owner is not None and owner != profile.user_id:
            raise ValueError(f"{profile.device} on {profile.pbx} belongs to user {owner}")
        before = self.drop(profile.user_id)
        self._profiles[profile.user_id] = profile
        self._owners[profile.key] = profile.user_id
        return before

    def drop(self, user_id: int) -> Profile | None:
        """Forget a user's profile; returns it."""
        before = self._profiles.pop(user_id, None)
        if before is not None:
            self._owners.pop(before.key, None)
        return before

    def profile_of(self, user_id: int) -> Profile | None:
        """A user's profile."""
        return self._profiles.get(user_id)

    def user_of(self, pbx: str, device: str) -> int | None:
        """The user of a device; None when nobody owns it."""
        return self._owners.get((pbx, device))

    def device_of(self, user_id: int) -> Device | None:
        """PBX and device of a user; None when he has none."""
        profile = self._profiles.get(user_id)
        return profile.key if profile else None

    def knows(self, user_id: int) -> bool:
        """Whether there is such a user."""
        return user_id in self._people

    def name_of(self, user_id: int) -> str:
        """A user's name as people write it; empty when unknown."""
        person = self._people.get(user_id)
        return person.name if person else ""

    def login_of(self, user_id: int) -> str | None:
        """A user's login; None when unknown."""
        person = self._people.get(user_id)
        return person.login if person else None

    def user_of_login(self, login: str) -> int | None:
        """The user who signs in so; None for nobody."""
        return next((person.id for person in self._people.values() if login and person.login == login), None)

    # -- who lies within a scope

    def standing(self, pbx: str, device: str) -> tuple[str, Collection[str]]:
        """Team and queues of whoever works with a device: those of his profile and those where he is a member."""
        user_id = self._owners.get((pbx, device))
        profile = None if user_id is None else self._profiles[user_id]
        agent = self._agents.get((pbx, device))
        queues = {place.queue for place in profile.queues} if profile else set()
        if agent is not None:
            queues.update(membership.queue for membership in agent.memberships)
        return profile.team if profile else "", queues

    def sees(self, scope: Scope, pbx: str, device: str) -> bool:
        """Whether whoever works with a device lies within."""
        return scope.whole or scope.sees_agent(*self.standing(pbx, device))

    def sees_user(self, scope: Scope, user_id: int) -> bool:
        """Whether a user lies within; one without a device lies within nothing that is limited."""
        profile = self._profiles.get(user_id)
        return scope.whole or (profile is not None and self.sees(scope, *profile.key))

    def users_within(self, scope: Scope) -> list[int]:
        """The users that lie within."""
        return [user_id for user_id, profile in self._profiles.items() if self.sees(scope, *profile.key)]

    def shown(self, profile: Profile) -> ProfileJson:
        """A profile with the person's login and name."""
        return ProfileJson(
            user_id=profile.user_id,
            login=self.login_of(profile.user_id) or "",
            name=self.name_of(profile.user_id),
            pbx=profile.pbx,
            device=profile.device,
            queues=profile.queues,
            team=profile.team,
            always_on=profile.always_on,
            location=profile.location,
        )
