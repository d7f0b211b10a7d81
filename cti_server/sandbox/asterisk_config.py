"""Writes the configuration of a private Asterisk from the pieces in `config/asterisk/`.

What a site includes is what the sandbox includes: the pieces are used unchanged, by `#include`; here only what is
private to one sandbox is added (folders, ports, secrets, numbers of phones), in sections that come after them.
"""

import math
import struct
import wave
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.certificate import Certificate
from cti_server.sandbox.ice_address import offered_addresses
from cti_server.sandbox.state import SandboxError, private, repository, write_private

PIECES = "config/asterisk"
# The music on hold is this tone, so that a test can tell it from the phones' own tones.
MUSIC_HZ = 350
AMI_USER = "cti"

# Without these Asterisk starts faster, smaller, and without complaints about settings that nobody made.
NOT_LOADED = """
    *odbc* *pgsql* *ldap* *radius* *tds* *mysql* *sqlite3* *curl* *corosync* *snmp* *unbound* app_adsiprog*
    app_alarmreceiver* app_agent_pool* app_audiosocket* app_dictate* app_directory* app_festival* app_followme*
    app_getcpeid* app_jack* app_macro* app_minivm* app_page* app_skel* app_sms* app_stasis* app_voicemail* cdr_csv*
    cdr_custom* cdr_syslog* cdr_beanstalkd* cel_* chan_alsa* chan_audiosocket* chan_console* chan_dahdi* chan_iax2*
    chan_mgcp* chan_mobile* chan_motif* chan_oss* chan_phone* chan_sip* chan_skinny* chan_unistim* chan_websocket*
    func_enum* pbx_ael* pbx_dundi* pbx_lua* pbx_realtime* pbx_spool* res_adsi* res_aeap* res_ael* res_ari*
    res_audiosocket* res_calendar* res_cdrel* res_config_* res_endpoint_stats* res_fax* res_geolocation* res_hep*
    res_http_media_cache* res_http_post* res_mwi_external* res_phoneprov* res_pjsip_config_wizard*
    res_pjsip_geolocation* res_pjsip_phoneprov* res_pjsip_publish* res_pjsip_stir* res_prometheus* res_realtime*
    res_smdi* res_snmp* res_sorcery_realtime* res_speech_aeap* res_stasis* res_statsd* res_stir* res_stun*
    res_timing_dahdi* res_websocket_client* res_xmpp*
""".split()  # noqa: SIM905 (a list of one name a line would be three times as long)
# Modules decline to load without their file, even when it would say nothing.
EMPTY = """
    acl amd ccss cel cli_aliases cli_permissions codecs confbridge dsp extconfig pjproject pjsip_notify
    say stasis udptl
""".split()  # noqa: SIM905 (a list of one name a line would be three times as long)
# What callers hear of the PBX itself.
INDICATIONS = """[general]
country = us
[us]
description = tones
ringcadence = 2000,4000
dial = 350+440
busy = 480+620/500,0/500
ring = 440+480/2000,0/4000
congestion = 480+620/250,0/250
"""


@dataclass(frozen=True)
class Layout:
    """Where one private Asterisk keeps its things. `run` is short enough for its control socket."""

    root: Path
    run: Path

    @property
    def config(self) -> Path:
        """The folder of asterisk.conf."""
        return self.root / "etc"

    @property
    def logs(self) -> Path:
        """Where `messages` is written."""
        return self.root / "log"

    @property
    def recordings(self) -> Path:
        """Where MixMonitor writes when it is given a bare name."""
        return self.root / "spool" / "monitor"

    @property
    def data(self) -> Path:
        """Sounds, documentation, music."""
        return self.root / "data"


@dataclass(frozen=True)
class Tls:
    """Where Asterisk's http server also listens with TLS."""

    port: int
    certificate: Certificate


@dataclass(frozen=True)
class Plan:
    """What one private Asterisk is told. Ports are on 127.0.0.1.

    `passwords`: agents' numbers -> SIP passwords. `agi`: host:port of the server's FastAGI, "" for none.
    `records`: calls are recorded.
    `extra`: file name -> text added at the end of that file (more queues, more extensions).
    """

    ami_port: int
    ami_secret: str
    sip_port: int
    http_port: int
    trunk_port: int
    rtp_ports: tuple[int, int]
    passwords: Mapping[str, str]
    system_name: str = "pbx1"
    agi: str = ""
    tls: Tls | None = None
    records: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)


def write_config(program: AsteriskProgram, layout: Layout, plan: Plan) -> Path:
    """Write every file and folder; the path of asterisk.conf. Raises SandboxError when the pieces are not there."""
    pieces = repository() / PIECES
    if not (pieces / "extensions_cti.conf").is_file():
        raise SandboxError(
            f"The pieces of the Asterisk configuration are missing: {pieces} should hold extensions_cti.conf."
        )
    for folder in (
        "etc",
        "log",
        "lib",
        "spool/monitor",
        "spool/outgoing",
        "spool/tmp",
        "data/sounds",
        "data/music",
        "data/agi",
        "data/keys",
    ):
        private(layout.root / folder)
    _write_data(program, layout)
    files = {f"{name}.conf": "" for name in EMPTY}
    files |= {
        "asterisk.conf": _asterisk(program, layout, plan),
        "modules.conf": _modules(program),
        "logger.conf": "[general]\ndateformat = %F %T.%3q\n[logfiles]\nmessages => notice,warning,error\n",
        "cdr.conf": "[general]\nenable = yes\nunanswered = yes\n",
        "cdr_manager.conf": "[general]\nenabled = yes\n",
        "http.conf": _http(plan),
        "rtp.conf": _rtp(plan),
        "sorcery.conf": _include(pieces, "sorcery_cti.conf"),
        "musiconhold.conf": f"[default]\nmode = files\ndirectory = {layout.data}/music\n",
        "indications.conf": INDICATIONS,
        "features.conf": _include(pieces, "features_cti.conf"),
        "res_parking.conf": _include(pieces, "res_parking_cti.conf"),
        "queues.conf": _include(pieces, "queues_example.conf"),
        "queuerules.conf": _include(pieces, "queuerules_cti.conf"),
        "manager.conf": _manager(program, plan, pieces),
        "extensions.conf": _extensions(plan, pieces),
        "pjsip.conf": _pjsip(plan, pieces),
    }
    for name, text in plan.extra.items():
        files[name] = files.get(name, "") + "\n" + text
    for name, text in files.items():
        write_private(layout.config / name, text)
    return layout.config / "asterisk.conf"


def _include(pieces: Path, *names: str) -> str:
    return "".join(f'#include "{pieces / name}"\n' for name in names)


def _http(plan: Plan) -> str:
    text = f"[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = {plan.http_port}\n"
    if plan.tls is not None:
        files = plan.tls.certificate
        text += f"tlsenable = yes\ntlsbindaddr = 127.0.0.1:{plan.tls.port}\n"
        text += f"tlscertfile = {files.cert}\ntlsprivatekey = {files.key}\n"
    return text


def _rtp(plan: Plan) -> str:
    # Browsers are offered the addresses of the machine's networks, but our audio is on the loopback, and Asterisk would
    # never offer that by itself.
    shown = "".join(f"{address} => 127.0.0.1\n" for address in offered_addresses())
    ports = f"rtpstart = {plan.rtp_ports[0]}\nrtpend = {plan.rtp_ports[1]}\n"
    return f"[general]\n{ports}icesupport = yes\n[ice_host_candidates]\n{shown}"


def _asterisk(program: AsteriskProgram, layout: Layout, plan: Plan) -> str:
    folders = {
        "astetcdir": layout.config,
        "astmoddir": program.modules,
        "astvarlibdir": layout.root / "lib",
        "astdbdir": layout.root / "lib",
        "astkeydir": layout.data,
        "astdatadir": layout.data,
        "astagidir": layout.data / "agi",
        "astspooldir": layout.root / "spool",
        "astrundir": layout.run,
        "astlogdir": layout.logs,
        "astsbindir": layout.run,
    }
    lines = ["[directories]"]
    lines += [f"{key} => {path}" for key, path in folders.items()]
    lines += [
        "[options]",
        f"systemname = {plan.system_name}",
        "nocolor = yes",
        "defaultlanguage = en",
        "documentation_language = en_US",
    ]
    lines += ["[files]", "astctlpermissions = 0600", "astctl = ctl"]
    return "\n".join(lines) + "\n"


def _modules(program: AsteriskProgram) -> str:
    unwanted = [
        file.name for file in sorted(program.modules.glob("*.so")) if any(fnmatch(file.name, p) for p in NOT_LOADED)
    ]
    return "[modules]\nautoload = yes\n" + "".join(f"noload = {name}\n" for name in unwanted)


def _manager(program: AsteriskProgram, plan: Plan, pieces: Path) -> str:
    account = (pieces / "manager_cti.conf").read_text(encoding="utf-8")
    filters = "eventfilters_cti.conf" if program.has_named_event_filters else "eventfilters_old_cti.conf"
    # The piece names the file of filters beside it; which of the two is the one thing that depends on the version.
    account = account.replace('#include "eventfilters_cti.conf"', f'#include "{pieces / filters}"')
    general = f"[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = {plan.ami_port}\n"
    general += _include(pieces, "manager_general_cti.conf")
    return f"{general}\n{account}\n[{AMI_USER}](+)\nsecret = {plan.ami_secret}\n"


def _extensions(plan: Plan, pieces: Path) -> str:
    start = "[general]\nstatic = yes\nwriteprotect = yes\n[globals]\n" + _include(pieces, "globals_cti.conf")
    start += f"CTI_AGI = {plan.agi}\nCTI_RECORD = {'yes' if plan.records else 'no'}\n"
    return start + _include(pieces, "extensions_cti.conf", "extensions_phone_cti.conf", "extensions_example.conf")


def _pjsip(plan: Plan, pieces: Path) -> str:
    # Audio stays on the loopback too: without media_address Asterisk would open its RTP ports to every network.
    loopback = "media_address = 127.0.0.1\nbind_rtp_to_media_address = yes\n"
    text = f"""{_include(pieces, "pjsip_example.conf", "pjsip_webrtc_cti.conf")}
[global]
type = global
endpoint_identifier_order = header,username,ip,anonymous
[transport-udp]
type = transport
protocol = udp
bind = 127.0.0.1:{plan.sip_port}
[transport-ws]
type = transport
protocol = ws
bind = 127.0.0.1
[transport-wss]
type = transport
protocol = wss
bind = 127.0.0.1
; The provider of this sandbox says who it is by a header, so that callers may have any number.
[trunk](trunk-endpoint)
aors = trunk
{loopback}[trunk]
type = aor
contact = sip:127.0.0.1:{plan.trunk_port}
[trunk-header]
type = identify
endpoint = trunk
match_header = X-Trunk: 1
"""
    for number, password in plan.passwords.items():
        text += f"""
[{number}](agent-endpoint)
auth = {number}
aors = {number}
callerid = "Agent {number}" <{number}>
{loopback}[{number}](agent-auth)
username = {number}
password = {password}
[{number}](agent-aor)

[{number}w](browser-endpoint)
auth = {number}w
aors = {number}w
callerid = "Agent {number}" <{number}>
{loopback}[{number}w](browser-aor)
"""
    return text


def _write_data(program: AsteriskProgram, layout: Layout) -> None:
    """Links to what the program brings, and music of our own."""
    sounds = program.data / "sounds"
    english = next((p for p in (sounds / "en_US_f_Allison", sounds / "en") if p.is_dir()), sounds)
    for link, target in {
        "documentation": program.data / "documentation",
        "rest-api": program.data / "rest-api",
        "sounds/en": english,
    }.items():
        path = layout.data / link
        path.unlink(missing_ok=True)
        path.symlink_to(target)
    music = layout.data / "music" / "tone.wav"
    if not music.is_file():
        _write_tone(music)


def _write_tone(path: Path, seconds: int = 4, rate: int = 8000, amplitude: int = 3000) -> None:
    """A steady sine of MUSIC_HZ; whole periods, so that it repeats without a click."""
    samples = (round(amplitude * math.sin(2 * math.pi * MUSIC_HZ * n / rate)) for n in range(seconds * rate))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
