"""What others tell the history of calls."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CustomerIdentified:
    """The other side of a call is known to be this customer; the newest word on a call wins."""

    call_id: str
    """`<pbx>:<Linkedid>`, as in CallView.id."""
    customer_id: int
    name: str
