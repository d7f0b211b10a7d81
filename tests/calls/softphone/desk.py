"""A server with browser phones on a real Asterisk, and an agent's page in a real Chromium."""

import asyncio
import math
import secrets
import struct
import wave
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from cti_server.agents.model import QueuePlace
from cti_server.app import App
from cti_server.core.auth.model import Session
from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.certificate import Certificate
from cti_server.sandbox.state import free_port
from cti_server.settings import Database, Dialling, IceServer, PbxSettings, Settings, Softphone, State, Web

PLAIN = """
try { localStorage.setItem('cti.phone.devices', '{"plain":true}'); } catch { }
"""
PASSWORD = "correct horse battery"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]
# What the policy refuses is written down, and each connection, notification and icon is kept where a test can read it.
WATCH = """
window.refused = []; window.connections = []; window.notes = [];
document.addEventListener('securitypolicyviolation',
  (event) => window.refused.push(event.violatedDirective + ' ' + event.blockedURI));
const Real = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Real {
  constructor(...given) { super(...given); window.connections.push(this); }
};
const Note = window.Notification;
window.Notification = class extends Note {
  constructor(title, more) { super(title, more); window.notes.push({ title, ...more }); }
};
window.sinks = [];
for (const kind of [AudioContext, HTMLMediaElement]) {
  const real = kind.prototype.setSinkId;
  kind.prototype.setSinkId = function (id) { window.sinks.push([kind.name, id]); return real.call(this, id); };
}
// The strength of a tone in what the newest connection hears, against the strongest other tone, in dB.
window.tone = async (hertz) => {
  const connection = window.connections.filter((one) => one.connectionState === 'connected').at(-1);
  if (!connection) return null;
  const track = connection.getReceivers().find((one) => one.track.kind === 'audio').track;
  const context = new AudioContext({ sampleRate: 48000 });
  const analyser = context.createAnalyser();
  analyser.fftSize = 8192; analyser.smoothingTimeConstant = 0;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  await new Promise((done) => setTimeout(done, 400));
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  await context.close();
  const bin = (f) => Math.round(f / 48000 * analyser.fftSize);
  const near = (f) => Math.max(...levels.slice(bin(f) - 2, bin(f) + 3));
  const others = [...levels].filter((_, n) => Math.abs(n - bin(hertz)) > 12 && n > 20 && n < bin(3500));
  return { level: near(hertz), other: Math.max(...others) };
};
// Which of these tones the newest connection hears: each one stands out of the noise between them.
window.tones = async (all) => {
  const connection = window.connections.filter((one) => one.connectionState === 'connected').at(-1);
  if (!connection) return [];
  const track = connection.getReceivers().find((one) => one.track.kind === 'audio').track;
  const context = new AudioContext({ sampleRate: 48000 });
  const analyser = context.createAnalyser();
  analyser.fftSize = 8192; analyser.smoothingTimeConstant = 0;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  await new Promise((done) => setTimeout(done, 300));
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  await context.close();
  const bin = (f) => Math.round(f / 48000 * analyser.fftSize);
  const noise = [...levels.slice(bin(150), bin(3500))].sort((a, b) => a - b)[Math.round((bin(3500) - bin(150)) / 2)];
  const level = (f) => Math.max(...levels.slice(bin(f) - 1, bin(f) + 2));
  window.measured = all.map((f) => [f, Math.round(level(f)), Math.round(noise)]);
  return all.filter((f) => level(f) > -65 && level(f) > noise + 25);
};
"""


@dataclass
class Desk:
    """One site. `agent()` opens the page of an agent with the browser phone 1001w."""

    pbx: Asterisk
    database: str
    folder: Path
    chromium: str
    port: int = field(default_factory=free_port)
    faults: list[str] = field(default_factory=list)
    users: dict[str, int] = field(default_factory=dict)
    pages: AsyncExitStack = field(default_factory=AsyncExitStack)
    browsers: dict[int, Browser] = field(default_factory=dict)
    certificate: Certificate | None = None
    """With one, the pages come over https and the phones speak wss."""
    ice_servers: list[IceServer] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    @property
    def websocket(self) -> str:
        if self.certificate:
            return f"wss://127.0.0.1:{self.pbx.https_port}/ws"
        return f"ws://127.0.0.1:{self.pbx.http_port}/ws"

    def make_app(self) -> App:
        tls = self.certificate
        files = {"tls_cert": str(tls.cert), "tls_key": str(tls.key)} if tls else {}
        settings = Settings(
            web=Web(port=self.port, **files),
            database=Database(url=self.database),
            state=State(dir=str(self.folder / "var")),
            dialling=Dialling(outside_prefix="9", forbidden=["900"]),
            softphone=Softphone(enabled=True, websockets={"main": self.websocket}, ice_servers=self.ice_servers),
            pbx=[
                PbxSettings(
                    name="main",
                    port=self.pbx.ami_port,
                    user=self.pbx.ami_user,
                    secret=self.pbx.ami_secret,
                    agent_devices=r"PJSIP/\d{3,6}w?",
                )
            ],
        )
        return App(settings)

    async def open(self) -> None:
        self.app = self.make_app()
        await self.app.start()
        await become(self._linked, True, 20)
        self._play = await self.pages.enter_async_context(async_playwright())

    def flags(self, voice: int) -> list[str]:
        """With which a browser is started whose microphone hears a tone of this many Hz."""
        file = write_tone(self.folder / f"voice{voice}.wav", voice)
        trust = ["--ignore-certificate-errors"] if self.certificate else []
        return [*FLAGS, *trust, f"--use-file-for-fake-audio-capture={file}"]

    async def browser(self, voice: int) -> Browser:
        """The browser whose microphone hears a tone of this many Hz; its pages share it."""
        if voice not in self.browsers:
            browser = await self._play.chromium.launch(executable_path=self.chromium, args=self.flags(voice))
            self.pages.push_async_callback(browser.close)
            self.browsers[voice] = browser
        return self.browsers[voice]

    async def close(self) -> None:
        await self.pages.aclose()
        await self.app.stop()

    async def hire(self, login: str, device: str, *queues: str, roles: frozenset[str] = frozenset({"agent"})) -> int:
        boss = Session(0, 0, "admin", "Admin", frozenset({"admin"}), "en", False, "127.0.0.1", 0.0, 0.0)
        user, _ = await self.app.accounts.create_user(login, login, roles, by=boss, password=PASSWORD)
        self.users[login] = user.id
        await self.app.agents.save(boss, user.id, "main", device, [QueuePlace(queue) for queue in queues], "", True)
        return user.id

    async def _linked(self) -> bool:
        return self.app.live.links["main"].up

    def _said(self, said: ConsoleMessage) -> None:
        # A refusal of another room is that room's affair; browsers write each of them to the console.
        other_room = "/api/v1/" in said.location["url"] and "/api/v1/phone" not in said.location["url"]
        if said.type == "error" and not other_room:
            self.faults.append(f"{said.text} {said.location['url']}")

    async def page(
        self, login: str, context: BrowserContext | None = None, voice: int = 440, shows: str = "agent"
    ) -> Page:
        """A page of this agent, signed in; in a context of its own unless one is given."""
        if context is None:
            browser = await self.browser(voice)
            context = await browser.new_context(
                ignore_https_errors=True,
                locale="en",
                permissions=["microphone", "notifications"],
                viewport={"width": 1280, "height": 900},
            )
            # The voice must reach the other side as it is: a steady tone would be taken for noise.
            await context.add_init_script(PLAIN + WATCH)
            context.set_default_timeout(15_000)
            answer = await context.request.post(
                f"{self.url}/api/v1/sign-in", data={"login": login, "password": PASSWORD}, headers={"X-CTI": "1"}
            )
            assert answer.ok, await answer.text()
        page = await context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._said)
        await page.goto(f"{self.url}/{shows}.html")
        return page


async def asked(page: Page, method: str, path: str, body: object = None, *, key: bool = False) -> tuple[int, Any]:
    """What the server answers to this page's session. With `key` it is a command that is done once."""
    headers = {"X-CTI": "1", "Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = secrets.token_hex(8)
    url = f"{page.url.rpartition('/')[0]}/api/v1/{path}"
    more = {} if body is None else {"data": body}
    answer = await page.context.request.fetch(url, method=method, headers=headers, **more)
    text = await answer.text()
    return answer.status, (await answer.json()) if text else None


def write_tone(path: Path, hertz: int, seconds: int = 5, rate: int = 48000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = (round(9000 * math.sin(2 * math.pi * hertz * n / rate)) for n in range(seconds * rate))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return path


async def contacts(pbx: Asterisk, endpoint: str) -> int:
    """How many registrations the PBX has of an endpoint."""
    shown = await pbx.cli("pjsip show contacts")
    return sum(f"{endpoint}/sip:" in line for line in shown.splitlines())


async def become(look: Any, wanted: Any, limit: float = 10.0) -> None:
    """Wait until `await look()` is `wanted`."""
    seen: Any = None
    try:
        async with asyncio.timeout(limit):
            while (seen := await look()) != wanted:  # noqa: ASYNC110 (another program changes it)
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"it is {seen!r} and did not become {wanted!r}") from None


__all__ = ["App", "Desk", "asked", "become", "contacts", "write_tone"]
