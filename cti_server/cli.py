"""The command `cti-server`: what an operator types."""

import argparse
import asyncio
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from cti_server import __version__
from cti_server.core.errors import CtiError
from cti_server.logs import set_up_logs
from cti_server.settings import Settings, load_settings

T = TypeVar("T")

_DESCRIPTION = "A call-center server beside Asterisk: screen pop, live queues, wallboard and history in the browser."
_EPILOG = """\
first steps:
  cti-server demo                      see it work: a private Asterisk, PostgreSQL, phones and callers
  cti-server check --config cti.toml   what is still missing on your own site, each line with its fix
  cti-server serve --config cti.toml   run it; the first start prints a link that makes the first admin

Every key of the configuration stands, explained, in config/cti.toml.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 refused or failed (one sentence on standard error), 2 wrong usage."""
    arguments = _parser().parse_args(argv)
    # The sentence that a command ends with says it all; serve sets it up anew, as its configuration says.
    set_up_logs("critical", "text")
    try:
        return int(arguments.run(arguments))
    except CtiError as error:
        print(f"cti-server: {error.sentence}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cti-server",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _serve(commands)
    _demo(commands)
    _migrate(commands)
    _check(commands)
    _users(commands)
    _keys(commands)
    _audit(commands)
    _deliver(commands)
    _fetch_prompts(commands)
    version = commands.add_parser("version", help="print the version")
    version.set_defaults(run=lambda _: print(f"cti-server {__version__}") or 0)
    return parser


def _with_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration (default: ./cti.toml if there)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="override a key; may be repeated"
    )


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The configuration that the arguments name. Raises SettingsError."""
    path = arguments.config
    if path is None and Path("cti.toml").exists():
        path = Path("cti.toml")
    pairs = [text.partition("=") for text in arguments.set]
    for key, sign, _ in pairs:
        if not sign or "." not in key:
            raise CtiError(f"--set {key}: write it as section.key=value.")
    return load_settings(path, overrides={key: value for key, _, value in pairs})


def _serve(commands: Any) -> None:
    parser = commands.add_parser("serve", help="run the server", description="Run the server until SIGTERM or Ctrl-C.")
    _with_settings(parser)
    parser.add_argument(
        "--no-migrate", action="store_true", help="refuse to start on an older database instead of updating it"
    )
    parser.set_defaults(run=_run_serve)


def _run_serve(arguments: argparse.Namespace) -> int:
    from cti_server.serving import serve

    return _await(serve(settings_of(arguments), migrate_first=not arguments.no_migrate))


def _demo(commands: Any) -> None:
    parser = commands.add_parser(
        "demo",
        help="try everything on one machine, with a real private Asterisk",
        description="Start a private PostgreSQL, a private Asterisk, the server, agents' phones and callers; print the "
        "address and one login per role. Nothing outside the state folder is touched. Ctrl-C stops it.",
    )
    parser.add_argument(
        "--check", action="store_true", help="unattended: play scenarios, print a line of JSON each, stop"
    )
    parser.add_argument(
        "--port", type=int, default=None, help="port of the console (default: 8088, or the next free one)"
    )
    parser.add_argument("--agents", type=int, default=8, help="how many agents' phones (default: 8)")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="with --check: which ones (default: all)")
    parser.set_defaults(run=_run_demo)


def _run_demo(arguments: argparse.Namespace) -> int:
    from cti_server.sandbox.demo import run_demo

    return run_demo(check=arguments.check, scenarios=arguments.scenarios, port=arguments.port, agents=arguments.agents)


def _migrate(commands: Any) -> None:
    parser = commands.add_parser("migrate", help="bring the database up to this version")
    _with_settings(parser)
    parser.set_defaults(run=_run_migrate)


def _run_migrate(arguments: argparse.Namespace) -> int:
    from cti_server.serving import bring_up_to_date

    done = _await(bring_up_to_date(settings_of(arguments)))
    print("\n".join(f"applied {name}" for name in done) if done else "The database is up to date.")
    return 0


def _check(commands: Any) -> None:
    parser = commands.add_parser(
        "check",
        help="tell what is wrong with this site, line by line",
        description="Walk through what usually goes wrong.",
    )
    _with_settings(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object per line instead of coloured text")
    parser.set_defaults(run=_run_check)


def _run_check(arguments: argparse.Namespace) -> int:
    from cti_server.check import run_checks

    return _await(run_checks(lambda: settings_of(arguments), as_json=arguments.json))


def _users(commands: Any) -> None:
    parser = commands.add_parser("users", help="create users, reset passwords, disable accounts")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make an account; its random password is printed once")
    create.add_argument("login")
    create.add_argument("--name", required=True, help="the person's name")
    create.add_argument("--role", action="append", required=True, choices=["agent", "supervisor", "qa", "admin"])
    reset = actions.add_parser("reset", help="give an account a new random password")
    reset.add_argument("login")
    disable = actions.add_parser("disable", help="end an account's sessions and refuse it from now on")
    disable.add_argument("login")
    for name, action in (("create", create), ("reset", reset), ("disable", disable)):
        _with_settings(action)
        action.set_defaults(run=_run_users, action=name)


def _run_users(arguments: argparse.Namespace) -> int:
    from cti_server.serving import with_accounts

    async def act(accounts: Any, operator: Any) -> str:
        if arguments.action == "create":
            _, password = await accounts.create_user(
                arguments.login, arguments.name, frozenset(arguments.role), by=operator
            )
            return f"{arguments.login}: password {password} (to be changed at the first sign-in)"
        user = await accounts.find_user(arguments.login)
        if arguments.action == "reset":
            return f"{user.login}: password {await accounts.reset_password(user.id, by=operator)}"
        await accounts.update_user(user.id, by=operator, disabled=True)
        return f"{user.login}: disabled"

    print(_await(with_accounts(settings_of(arguments), act)))
    return 0


def _keys(commands: Any) -> None:
    parser = commands.add_parser("keys", help="master keys of the encryption of recordings: make one, change it")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    new = actions.add_parser("new", help="print a fresh master key; it goes into the file of CTI__RECORDING__KEYS_FILE")
    new.set_defaults(run=_run_new_key)
    rotate = actions.add_parser(
        "rotate",
        help="wrap the keys of all recordings under the first master key",
        description="Put the new key before the old one, start the server anew, rotate, then take the old one away. "
        "The recordings themselves are not touched.",
    )
    _with_settings(rotate)
    rotate.set_defaults(run=_run_rotate)


def _run_new_key(arguments: argparse.Namespace) -> int:
    from cti_server.recording.sealing.ring import new_master

    print(new_master())
    return 0


def _run_rotate(arguments: argparse.Namespace) -> int:
    from cti_server.serving import rotate_keys

    done, left = _await(rotate_keys(settings_of(arguments)))
    print(f"{done} keys wrapped anew.")
    for master, count in left.items():
        print(f"{count} keys are still under the master key {master}, which does not open them.", file=sys.stderr)
    return int(bool(left))


def _audit(commands: Any) -> None:
    parser = commands.add_parser("audit", help="check that nothing was altered in the audit log or removed from it")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser("check", help="reckon the chain of hashes from its first entry; 1 when it is broken")
    _with_settings(check)
    check.set_defaults(run=_run_audit)


def _run_audit(arguments: argparse.Namespace) -> int:
    from cti_server.serving import check_audit

    broken = _await(check_audit(settings_of(arguments)))
    print(
        "The audit log is whole." if broken is None else f"Entry {broken} of the audit log was altered or is missing."
    )
    return int(broken is not None)


def _deliver(commands: Any) -> None:
    from cti_server.recording.delivery import sender

    parser = commands.add_parser(
        "deliver",
        help="beside a PBX on another host: send its recordings to the server",
        description="Send finished recordings to the server until stopped, going on where a try broke off; what was "
        "taken in is removed here.",
    )
    sender.add_arguments(parser)
    parser.set_defaults(run=sender.run)
    token = commands.add_parser("deliver-token", help="print a fresh token for `deliver`, and its SHA-256")
    token.set_defaults(run=_run_token)


def _fetch_prompts(commands: Any) -> None:
    from cti_server.routing.prompts import fetching

    parser = commands.add_parser(
        "fetch-prompts",
        help="beside a PBX on another host: fetch the files of prompts from the server",
        description="Fetch what is missing, going on where a try broke off, until stopped; what is no prompt any more "
        "is removed here.",
    )
    fetching.add_arguments(parser)
    parser.set_defaults(run=fetching.run)


def _run_token(arguments: argparse.Namespace) -> int:
    from cti_server.recording.delivery.sender import new_token

    token, digest = new_token()
    print(f"token, for the PBX's host:        {token}\nrecording.deliver_sha256, for us: {digest}")
    return 0


def _await(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)
