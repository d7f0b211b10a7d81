"""From the configuration to what the rooms are made with."""

import ssl
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

from cti_server.agents.shift.model import ShiftRules
from cti_server.ami.login import LinkSettings
from cti_server.business.customers.numbers import Numbering, normalise
from cti_server.calls.control.numbers import DialRules
from cti_server.calls.softphone.model import IceServer, PhoneOptions, connect_sources
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.service import AccountsService
from cti_server.core.auth.sessions import Sessions
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.storage.database import Database
from cti_server.core.web.server import WebOptions
from cti_server.links.model import ServiceLevelJson, SiteJson
from cti_server.queues.business_day import BusinessDay
from cti_server.queues.figures import Definition, Goal
from cti_server.recording.qa.scoring.model import Rules as QualityRules
from cti_server.recording.service import Options as RecordingOptions
from cti_server.routing.service import RoutingOptions
from cti_server.settings import PbxSettings, Settings


@dataclass(frozen=True, slots=True)
class Site:
    """How this site counts days and numbers and what it calls good service."""

    days: BusinessDay
    goal: Goal
    numbering: Numbering
    told: SiteJson
    """The same for the consoles."""

    @classmethod
    def of(cls, settings: Settings) -> "Site":
        """As the configuration says."""
        site, queues = settings.site, settings.queues
        hours, minutes = site.business_day_start.split(":")
        goal = Goal(
            definition=Definition(queues.service_level_definition),
            seconds=queues.service_level_seconds,
            target=queues.service_level_target,
            short_abandon_seconds=queues.short_abandon_seconds,
        )
        level = ServiceLevelJson(goal.definition.value, goal.seconds, goal.target, goal.short_abandon_seconds)
        return cls(
            days=BusinessDay(ZoneInfo(site.timezone), time(int(hours), int(minutes))),
            goal=goal,
            numbering=Numbering(site.region, f"0{site.area_code}" if site.area_code else "", site.outside_prefix),
            told=SiteJson(site.timezone, site.language, level, dict(queues.labels)),
        )

    def number_key(self, number: str) -> str:
        """The digits by which calls of one number are found, however it was told."""
        return normalise(number, self.numbering).value.removeprefix("+")


def link_settings(pbx: PbxSettings) -> LinkSettings:
    """How to reach a PBX, as the configuration says."""
    tls = ssl.create_default_context() if pbx.tls else None
    return LinkSettings(name=pbx.name, host=pbx.host, port=pbx.port, user=pbx.user, secret=pbx.secret, tls=tls)


def shift_rules(settings: Settings) -> ShiftRules:
    """How agents' states are looked after, as the configuration says."""
    agents = settings.agents
    return ShiftRules(
        rona_after=agents.rona_after,
        lost_tab_grace=agents.lost_tab_grace_seconds,
        lost_tab_signs_out=agents.lost_tab == "signOut",
        acw_seconds=agents.acw_seconds,
    )


def dial_rules(settings: Settings) -> DialRules:
    """What agents may dial, as the configuration says."""
    dialling = settings.dialling
    return DialRules(
        outside_prefix=dialling.outside_prefix,
        forbidden=tuple(dialling.forbidden),
        allowed=tuple(dialling.allowed),
        per_minute=dialling.per_minute,
    )


def routing_options(settings: Settings) -> RoutingOptions:
    """How the site routes calls, as the configuration says."""
    routing = settings.routing
    return RoutingOptions(
        enabled=routing.enabled,
        host=routing.host,
        port=routing.port,
        allowed=tuple(routing.allowed),
        most_calls=routing.most_calls,
        lookup_hosts=tuple(routing.lookup_hosts),
        lookup_networks=tuple(routing.lookup_networks),
        zone=settings.site.timezone,
        pbx=settings.pbx[0].name if settings.pbx else "main",
    )


def phone_options(settings: Settings) -> PhoneOptions:
    """How the site uses phones in the browser, as the configuration says."""
    phone = settings.softphone
    return PhoneOptions(
        enabled=phone.enabled,
        devices=phone.devices,
        websockets=phone.websockets,
        ice_servers=tuple(IceServer(one.urls, one.username, one.credential) for one in phone.ice_servers),
        key_seconds=phone.key_minutes * 60,
    )


def recording_options(settings: Settings) -> RecordingOptions:
    """Where recordings come from and go to, as the configuration says."""
    recording = settings.recording
    folders = {name: Path(folder) for name, folder in recording.dirs.items() if folder}
    if recording.dir and settings.pbx:
        folders.setdefault(settings.pbx[0].name, Path(recording.dir))
    for name in recording.deliver_sha256:
        folders.setdefault(name, Path(settings.state.dir) / "deliveries" / name)
    return RecordingOptions(
        folders=folders,
        state=Path(settings.state.dir),
        url=recording.store,
        store_options=recording.store_options,
        pause_seconds=recording.pause_seconds,
        keep_days=recording.keep_days,
        from_answer=recording.begin == "answer",
        transcribe=recording.transcribe,
        transcribe_queues=frozenset(recording.transcribe_queues),
        min_free_mb=recording.min_free_mb,
        quota_gb=recording.quota_gb,
        warn_days=recording.warn_days,
        agents_may_listen=recording.agents_may_listen,
        keys=recording.keys,
        deliver=recording.deliver_sha256,
    )


def quality_rules(settings: Settings) -> QualityRules:
    """How long and how often a score may be disputed, as the configuration says."""
    return QualityRules(settings.quality.dispute_days, settings.quality.dispute_rounds)


def web_options(settings: Settings) -> WebOptions:
    """How the public port is opened, as the configuration says."""
    web = settings.web
    return WebOptions(
        host=web.host,
        port=web.port,
        public_url=web.public_url,
        allowed_origins=web.allowed_origins,
        trusted_proxies=web.trusted_proxies,
        tls_cert=web.tls_cert,
        tls_key=web.tls_key,
        metrics_token=web.metrics_token,
        connect_sources=connect_sources(settings.softphone.websockets.values()),
        language=settings.site.language,
    )


def accounts_of(settings: Settings, db: Database, audit: AuditLog, bus: Bus, clock: Clock) -> AccountsService:
    """The accounts with the configured lengths of sessions."""
    hours = settings.sessions
    sessions = Sessions(db, bus, clock, idle=hours.idle_hours * 3600, longest=hours.max_hours * 3600)
    return AccountsService(db, audit, bus, clock, sessions)
