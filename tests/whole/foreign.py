"""An Asterisk as somebody else has set it up: other names, other contexts, static members, nothing of ours in it."""

import asyncio
import secrets
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path

from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.process import Child
from cti_server.sandbox.state import State, free_port, free_port_range, private
from tests.whole.wiretap import Wiretap

QUEUE = "客服"
DIRECTORIES = """[directories]
astetcdir => {root}/etc
astmoddir => {modules}
astvarlibdir => {root}/lib
astdbdir => {root}/lib
astkeydir => {root}/lib
astdatadir => {data}
astagidir => {root}/lib
astspooldir => {root}/spool
astrundir => {root}/run
astlogdir => {root}/log
[options]
documentation_language = en_US
"""
NOT_LOADED = ("chan_sip", "chan_iax2", "chan_mgcp", "chan_skinny", "chan_unistim", "pbx_dundi", "res_hep")
MANAGER = """[general]
enabled = yes
port = {ami_port}
bindaddr = 127.0.0.1
[reporter]
secret = {ami_secret}
read = {read}
write = {write}
"""
QUEUES = """[general]
persistentmembers = yes
monitor-type = MixMonitor
[客服]
strategy = rrmemory
timeout = 15
retry = 2
ringinuse = no
member => PJSIP/alice,0,Alice 王
member => PJSIP/bob,1,Bob
[invoice-desk]
strategy = linear
timeout = 15
member => PJSIP/bob
"""
EXTENSIONS = """[general]
static = yes
[incoming]
exten => 95588,1,Answer()
 same => n,Set(CHANNEL(language)=zh)
 same => n,Queue(客服,tk,,,60)
 same => n,Hangup()
exten => 2001,1,Dial(PJSIP/alice,20)
 same => n,Hangup()
[office]
exten => 2001,1,Dial(PJSIP/alice,20)
exten => 2002,1,Dial(PJSIP/bob,20)
exten => _0X.,1,Set(CALLERID(num)=95588)
 same => n,Dial(PJSIP/${EXTEN:1}@provider,30)
"""
PJSIP = """[global]
type = global
endpoint_identifier_order = username,ip
[udp]
type = transport
protocol = udp
bind = 127.0.0.1:{sip_port}
[provider]
type = endpoint
context = incoming
disallow = all
allow = alaw,ulaw
aors = provider
[provider]
type = aor
contact = sip:127.0.0.1:{provider_port}
[provider]
type = identify
endpoint = provider
match = 127.0.0.1
"""
PHONE = """[{name}]
type = endpoint
context = office
disallow = all
allow = alaw,ulaw
auth = {name}
aors = {name}
callerid = {name} <{number}>
[{name}]
type = auth
auth_type = userpass
username = {name}
password = {password}
[{name}]
type = aor
max_contacts = 2
"""


@dataclass
class ForeignPbx:
    """One such Asterisk. `read` and `write` are the classes of its only AMI account."""

    root: Path
    program: AsteriskProgram
    read: str = "system,call,agent,user,reporting"
    write: str = "call,agent,user,reporting"
    ami_port: int = field(default_factory=free_port)
    ami_user: str = "reporter"
    ami_secret: str = field(default_factory=lambda: secrets.token_urlsafe(20))
    sip_port: int = field(default_factory=lambda: free_port(socket.SOCK_DGRAM))
    provider_port: int = field(default_factory=lambda: free_port(socket.SOCK_DGRAM))
    passwords: dict[str, str] = field(
        default_factory=lambda: {"alice": "a-" + secrets.token_hex(6), "bob": "b-1234567"}
    )
    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Further AMI accounts with the same secret: name → (read, write)."""
    child: Child | None = None

    async def start(self, state: State) -> None:
        for name in ("etc", "lib", "spool", "run", "log"):
            private(self.root / name)
        ports = {"ami_port": self.ami_port, "sip_port": self.sip_port, "provider_port": self.provider_port}
        rights = {"ami_secret": self.ami_secret, "read": self.read, "write": self.write}
        first = free_port_range(100)
        phones = "".join(
            PHONE.format(name=name, number=2001 + place, password=password)
            for place, (name, password) in enumerate(self.passwords.items())
        )
        files = {
            "asterisk.conf": DIRECTORIES.format(root=self.root, modules=self.program.modules, data=self.program.data),
            "modules.conf": "[modules]\nautoload = yes\n" + "".join(f"noload = {name}.so\n" for name in NOT_LOADED),
            "manager.conf": MANAGER.format(**ports, **rights) + self._further_accounts(),
            "queues.conf": QUEUES,
            "extensions.conf": EXTENSIONS,
            "pjsip.conf": PJSIP.format(**ports) + phones,
            "rtp.conf": f"[general]\nrtpstart = {first}\nrtpend = {first + 99}\n",
            "logger.conf": "[general]\n[logfiles]\nmessages => notice,warning,error\n",
        }
        for name, text in files.items():
            (self.root / "etc" / name).write_text(text, encoding="utf-8")
        argv = [self.program.command, "-C", self.root / "etc/asterisk.conf", "-f"]
        env = {**state.environment(), "LC_ALL": "C.UTF-8"}
        self.child = Child.start("Asterisk", argv, log=self.root / "log/console", env=env, cwd=self.root)
        await self._booted()

    def _further_accounts(self) -> str:
        return "".join(
            f"[{name}]\nsecret = {self.ami_secret}\nread = {read}\nwrite = {write}\n"
            for name, (read, write) in self.accounts.items()
        )

    async def _booted(self) -> None:
        async with asyncio.timeout(40):
            while True:
                try:
                    async with Wiretap(self):
                        return
                except OSError:
                    assert self.child is not None
                    assert self.child.code is None, self.child.last_log(5)
                    await asyncio.sleep(0.05)

    async def discard(self) -> None:
        if self.child is not None:
            await self.child.kill()
        await asyncio.to_thread(shutil.rmtree, self.root, True)
