"""`python -m bench [name …]`: run the named benches, or all."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Final

BENCHES: Final = {
    "ami_feed": "AMI bytes in: our reader and model beside panoramisk and a bare split",
    "push_fanout": "frames out: our hub beside websockets.broadcast() and raw socket writes",
    "end_to_end": "AMI bytes → look-up among a million customers → frame at the agent's websocket",
    "outage": "PostgreSQL killed for 30 s under calls: is the history whole, and how soon",
    "command": "a click's HTTP request → the action's bytes at the PBX, while others call",
    "routing": "routing strategies on a bank's arrivals (CTI_BANK_CALLS), simulated beside plain longest idle",
    "recording": "two files of the PBX into one MP3, beside LAME alone",
    "archive": "finding a recording among a million (CTI_BENCH_RECORDINGS), by every filter and hard combinations",
    "player": "a click on play → the first sound of an hour's recording, in a real browser",
    "ivr": "a hundred calls enter a flow at once; one FastAGI step beside a floor",
    "pop_in_dom": "a caller's INVITE → the pop in the DOM of the agent's page, all parts real",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run; 0 when every bench came to its end and reached its goals, 1 when a goal was missed, 2 for a part missing."""
    listing = "\n".join(f"  {name:12} {what}" for name, what in BENCHES.items())
    parser = argparse.ArgumentParser(
        prog="bench", description=f"benches:\n{listing}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="name", help="which ones; all when none is named")
    names = parser.parse_args(argv).names or list(BENCHES)
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        parser.error(f"there is no bench {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    return max([_run(name) for name in names])


def _run(name: str) -> int:
    from cti_server.logs import set_up_logs
    from cti_server.sandbox.state import SandboxError

    set_up_logs("warning", "text")
    print(f"=== {name}: {BENCHES[name]}", flush=True)
    try:
        report = importlib.import_module(f"bench.{name}").run()
    except SandboxError as error:
        print(f"not run: {error.sentence}", file=sys.stderr, flush=True)
        return 2
    return 0 if all(goal["reached"] for goal in report.goals.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
