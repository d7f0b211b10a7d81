"""What a condition node asks about a caller (pure).

A case holds when each of its tests does; the first case that holds decides.
"""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, field

from cti_server.routing.flows.words import CallerList, DataName, Language, Part

Texts: TypeAlias = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...], Meta(max_length=100)]
Numbers: TypeAlias = Annotated[tuple[Annotated[str, Meta(pattern=r"^\+?[0-9]{1,20}$")], ...], Meta(max_length=100)]


class Question(Part, frozen=True, kw_only=True, tag_field="ask"):
    """One question. `negated` turns the answer round."""

    negated: bool = False


class TierTest(Question, frozen=True, kw_only=True, tag="tier"):
    """Is the customer's tier one of these?"""

    any: Texts


class ListTest(Question, frozen=True, kw_only=True, tag="list"):
    """Does the number stand on this list (blacklist, VIP list …), and has its entry not expired?"""

    list: CallerList


class KnownTest(Question, frozen=True, kw_only=True, tag="known"):
    """Do we know the customer?"""


class LastAgentTest(Question, frozen=True, kw_only=True, tag="lastAgent"):
    """Did an agent speak with him in the last so many days?"""

    days: Annotated[int, Meta(ge=1, le=365)] = 30


class NumberTest(Question, frozen=True, kw_only=True, tag="number"):
    """Does his number begin like one of these? In E.164 with `+`, or as it is dialled inside the country."""

    starts: Numbers


class ProvinceTest(Question, frozen=True, kw_only=True, tag="province"):
    """Does his number belong to one of these provinces? As the site's language calls them, such as 北京."""

    any: Texts


class DidTest(Question, frozen=True, kw_only=True, tag="did"):
    """Did he dial one of these numbers of ours?"""

    any: Numbers


class LanguageTest(Question, frozen=True, kw_only=True, tag="language"):
    """Is the call in one of these languages now?"""

    any: Annotated[tuple[Language, ...], Meta(max_length=100)]


class CallbackTest(Question, frozen=True, kw_only=True, tag="callback"):
    """Is a callback to him open?"""


class DataTest(Question, frozen=True, kw_only=True, tag="data"):
    """What does a field of the call's data hold? `value` is a text; `more` and `less` compare numbers."""

    name: DataName
    is_: Literal["equal", "oneOf", "starts", "more", "less", "set"] = field(name="is")
    value: Annotated[str, Meta(max_length=200)] = ""
    """For oneOf: the values with commas between them."""


AnyTest: TypeAlias = (
    TierTest
    | ListTest
    | KnownTest
    | LastAgentTest
    | NumberTest
    | ProvinceTest
    | DidTest
    | LanguageTest
    | CallbackTest
    | DataTest
)


class Case(Part, frozen=True, kw_only=True):
    """One branch of a condition: its name is the node's exit."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
    label: Annotated[str, Meta(max_length=100)] = ""
    when: Annotated[tuple[AnyTest, ...], Meta(max_length=20)]
