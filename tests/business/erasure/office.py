"""A whole server on a real database in which one person stands everywhere, and the walk that finds what is left."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from cti_server.app import App
from cti_server.core.auth.model import Session
from cti_server.sandbox.state import free_port
from cti_server.settings import load_settings

NAME, KEY, RAW, SHOWN, MAIL = "欧阳小明", "8613800138000", "13800138000", "138 0013 8000", "xiaoming@example.com"
OTHER, OTHER_KEY = "李四", "8613900139000"
AT = 1_780_000_000.0
HERS = re.compile(r"欧阳小明|1\D?3\D?8\D?0\D?0\D?1\D?3\D?8\D?0\D?0\D?0|xiaoming@", re.IGNORECASE)
ADMIN = Session(1, 1, "root", "Root", frozenset({"admin"}), "en", False, "10.0.0.1", 0.0, 0.0)


@contextlib.asynccontextmanager
async def office(url: str, folder: Path) -> AsyncIterator[App]:
    """The server, started; its PBX is away."""
    path, pbx = folder / "cti.toml", folder / "pbx"
    path.write_text('[[pbx]]\nname = "main"\nsecret = "long enough"\nport = 1\n', encoding="utf-8")
    ports = {"web.port": str(free_port()), "routing.port": "0"}
    overrides = {
        "database.url": url,
        "state.dir": str(folder / "var"),
        "site.area_code": "010",
        "recording.dir": str(pbx),
        **ports,
    }
    app = App(load_settings(path, env={}, overrides=overrides))
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


class Everywhere:
    """Puts the person, and another one who must stay as he is, wherever a person can stand."""

    def __init__(self, app: App, folder: Path) -> None:
        self.app = app
        self.folder = folder
        self.customer = 0
        self.other = 0

    async def __call__(self, sql: str, *args: Any) -> Any:
        return await self.app.db.fetchval(sql, *args)

    async def fill(self) -> None:
        await self.people()
        await self.history()
        await self.sounds()
        await self.written()
        await self.left_behind()
        await self.around()

    async def people(self) -> None:
        for user in ("root", "alice", "bob"):
            await self("insert into app_user (login, name, roles) values ($1, $1, '{admin}') returning id", user)
        made = []
        for name, key, mail in ((NAME, KEY, MAIL), (OTHER, OTHER_KEY, "lisi@example.com")):
            number = await self(
                "insert into customer (name, company, fields) values ($1, '公司', $2) returning id",
                name, json.dumps({"介绍人": NAME, "电话": RAW}, ensure_ascii=False),
            )  # fmt: skip
            made.append(number)
            for kind, value, display in (
                ("phone", f"+{key}", f"{key[2:5]} {key[5:9]} {key[9:]}"),
                ("email", mail, mail),
            ):
                await self(
                    "insert into contact (customer_id, kind, value, display) values ($1, $2, $3, $4) returning id",
                    number, kind, value, display,
                )  # fmt: skip
            await self(
                "insert into note (customer_id, author, text) values ($1, 'alice', $2) returning id",
                number, f"{NAME}（{SHOWN}）来过",
            )  # fmt: skip
            await self("insert into customer_access values (2, $1, now(), 'open') returning 1", number)
            await self(
                "insert into interaction (customer_id, call_id, user_id, at, summary)"
                " values ($1, $2, 2, now(), $3) returning id",
                number, f"main:{name}" if name == OTHER else "main:c1", f"与{NAME}说过 138-0013-8000",
            )  # fmt: skip
        self.customer, self.other = made

    async def history(self) -> None:
        """c1 by his number; c2 from another's phone, said to be his; c3 the other one's, who was joined with him."""
        for linkedid, number, key, customer in (
            ("c1", RAW, KEY, None),
            ("c2", "01062345678", "861062345678", self.customer),
            ("c3", "139", OTHER_KEY, self.other),
        ):  # fmt: skip
            call = await self(
                "insert into call (pbx, linkedid, revision, state, direction, number, number_key, name, withheld,"
                " dialled, queue, started_at, answered_at, ended_at, outcome, wait_seconds, talk_seconds, held_seconds,"
                " data, exact, customer_id, customer_name) values ('main', $1, 1, 'cleared', 'inbound', $2, $3, $4,"
                " false, '4001', 'vip', to_timestamp($5), to_timestamp($5), to_timestamp($5 + 9), 'answered', 1, 8, 0,"
                " $6, true, $7, $8) returning id",
                linkedid, number, key, NAME if linkedid != "c3" else OTHER, AT,
                json.dumps({"card": "6222", "who": NAME if linkedid != "c3" else OTHER}, ensure_ascii=False), customer,
                NAME if customer == self.customer else None,
            )  # fmt: skip
            for uniqueid, role, told in (("a", "customer", number), ("b", "agent", f"0{RAW}")):
                await self(
                    "insert into call_leg (call_id, uniqueid, channel, device, role, state, number, name, started_at)"
                    " values ($1, $2, $3, $3, $4, 'cleared', $5, $6, now()) returning 1",
                    call, uniqueid, f"Local/{told}@out-1;1", role, told, NAME if linkedid != "c3" else "",
                )  # fmt: skip
            await self(
                "insert into call_segment (call_id, n, kind, queue, device, user_id, started_at, ended_at, result,"
                " held_seconds, exact) values ($1, 1, 'talk', 'vip', $2, 2, now(), now(), 'answered', 0, true)"
                " returning 1",
                call, f"Local/{RAW}@out" if linkedid == "c1" else "PJSIP/1001",
            )  # fmt: skip

    async def sounds(self) -> None:
        """A recording of each call, its file on the shelf, its files still with the PBX."""
        shelf, pbx = self.folder / "var" / "recordings", self.folder / "pbx" / "cti" / "refused"
        for folder in (shelf / "2026", shelf / "voicemail", pbx):
            folder.mkdir(parents=True, exist_ok=True)
        for n, (linkedid, key, number, customer) in enumerate(
            (("c1", KEY, RAW, None), ("c2", "", "", self.customer), ("c3", OTHER_KEY, "139", self.other)), 1
        ):
            name = f"{linkedid}+{linkedid}+178000000000{n}"
            (shelf / "2026" / f"{n}.mp3").write_bytes(b"sound %d" % n)
            for side in "rt":
                (pbx / f"{name}-{side}.wav").write_bytes(b"RIFF")
            recording = await self(
                "insert into recording (pbx, name, linkedid, uniqueid, started_at, state, size, object, sha256, number,"
                " number_key, customer_id, customer_name, dialled, queue, direction, tags, silence, peaks)"
                " values ('main', $1, $2, $2, to_timestamp($3), 'ready', 7, $4, $5, $6, $7, $8, $9, $10, 'vip',"
                " 'inbound', $11, 2, '\\x00') returning id",
                name, linkedid, AT, f"2026/{n}.mp3", f"{n}" * 64, number, key, customer,
                {1: NAME, 2: NAME, 3: OTHER}[n], RAW if n == 1 else "4001", [NAME if n < 3 else "VIP"],
            )  # fmt: skip
            await self("insert into recording_key values ($1, 'm', '\\x00') returning 1", recording)
            await self(
                "insert into recording_note (recording_id, at_seconds, user_id, text) values ($1, 1, 2, $2)"
                " returning 1",
                recording, f"{NAME if n < 3 else OTHER} 生气了",
            )  # fmt: skip

    async def written(self) -> None:
        """A score on his recording with a dispute, coaching, a place in the library; and messages between people."""
        await self(
            "insert into recording_search (owner_id, name, filters) values (2, $1, $2), (2, '李四', '{}') returning 1",
            f"找{NAME}", json.dumps({"number": RAW}),
        )  # fmt: skip
        form = await self("insert into qa_form (name, created_by) values ('f', 1) returning id")
        version = await self(
            "insert into qa_form_version (form_id, version, document, published_by) values ($1, 1, '{}', 1)"
            " returning id",
            form,
        )
        text, answers = f"对{NAME}不礼貌", json.dumps({"q": {"note": f"{NAME} {RAW}"}}, ensure_ascii=False)
        score = await self(
            "insert into qa_evaluation (purpose, subject_kind, subject_id, agent_id, subject_at, version_id, grader_id,"
            " answers, comment) values ('score', 'recording', '1', 2, now(), $1, 3, $2, $3) returning id",
            version, answers, text,
        )  # fmt: skip
        for sql in (
            "insert into qa_revision (evaluation_id, revision, user_id, reason, answers, comment, failed)"
            " values ($1, 1, 3, $2, $3::text::jsonb, $2, '{}') returning 1",
            "insert into qa_dispute (evaluation_id, round, text, answer) select $1, 1, $2, $2 where $3 <> ''"
            " returning 1",
            "insert into qa_coaching (evaluation_id, agent_id, text, created_by) select $1, 2, $2, 3 where $3 <> ''"
            " returning 1",
            "insert into qa_library (evaluation_id, title, created_by) select $1, $2, 3 where $3 <> '' returning 1",
        ):
            await self(sql, score, text, answers)
        await self(
            "insert into qa_calibration (title, version_id, subject_kind, subject_id, agent_id, master_id, created_by)"
            " values ($1, $2, 'recording', '1', 2, 3, 3) returning id",
            text, version,
        )  # fmt: skip
        await self(
            "insert into help_message (agent_id, sender_id, from_agent, text, sent_at) values (2, 3, true, $1, now())"
            " returning 1",
            f"{NAME} {SHOWN} 又来了",
        )
        await self(
            "insert into help_notice (sender_id, team, text, sent_at, expires_at)"
            " values (3, '', $1, now(), now() + interval '1 day') returning 1",
            f"请大家注意 {RAW}",
        )

    async def left_behind(self) -> None:
        """What flows keep: callbacks, messages, answers, lists, figures, decisions."""
        (self.folder / "var" / "recordings" / "voicemail" / "1.wav").write_bytes(b"voice")
        await self(
            "insert into callback (pbx, queue, number_key, number, name, customer_id, linkedid, joined_at, reason)"
            " values ('main', 'vip', $1, $2, $3, $4, 'c1', now(), $3) returning id",
            KEY, RAW, NAME, self.customer,
        )  # fmt: skip
        await self(
            "insert into voicemail (state, pbx, file, linkedid, uniqueid, queue, number, began_at, object, size,"
            " reason)"
            " values ('open', 'main', 'f1', 'v1', 'v1', 'vip', $1, now(), 'voicemail/1.wav', 5, $2) returning id",
            f"+{KEY}", NAME,
        )  # fmt: skip
        for linkedid in ("c1", "c3"):
            await self(
                "insert into survey_answer (pbx, linkedid, survey, question, kind, asked_at, value)"
                " values ('main', $1, 's', 0, 'csat', now(), 5) returning 1",
                linkedid,
            )
        await self(
            "insert into flow_named (kind, name, label, value, changed_by) values ('list', 'vip', 'v', '{}', 1)"
            " returning 1"
        )
        for key, number, who in ((KEY, RAW, NAME), (OTHER_KEY, "139", OTHER)):
            await self("insert into flow_listed values ('vip', $1, $2, $3, null, 1) returning 1", key, number, who)
            await self(
                "insert into flow_call (pbx, uniqueid, linkedid, did, flow, version, number_key, began_at)"
                " values ('main', $1, $1, '4001', 'f', 1, $2, now()) returning 1",
                f"u{len(number)}", key,
            )  # fmt: skip
        await self(
            "insert into routing_decision (pbx, linkedid, at, kind, queue, result, reasons)"
            " values ('main', 'c1', now(), 'queue', 'vip', 'vip', $1) returning 1",
            json.dumps([{"code": "list", "values": {"who": NAME, "number": RAW}}], ensure_ascii=False),
        )

    async def around(self) -> None:
        """Supervision, hands, lost calls, the audit log, rows that nobody took."""
        await self(
            "insert into monitoring_session (id, revision, pbx, supervisor_id, supervisor_device, agent_id,"
            " agent_device, team, call_id, agent_leg, leg_id, number, mode, state, told, asked_at, ended_at, stretches,"
            " exact) values"
            " ('m1', 1, 'main', 3, 'd', 2, 'd', '', 'main:c1', 'l', 'l', $1, 'listen', 'ended', false, now(), now(),"
            " '[]', true) returning 1",
            RAW,
        )
        await self(
            "insert into help_hand (id, user_id, call_id, number, caller, raised_at) values ('h1', 2, 'main:c1', $1,"
            " $2, now()) returning 1",
            RAW, NAME,
        )  # fmt: skip
        for key, number, who, linkedid in ((KEY, RAW, NAME, "c1"), (OTHER_KEY, "139", OTHER, "c3")):
            lost = await self(
                "insert into lost_caller (number_key, number, name, queues, calls, first_at, last_at, longest_wait,"
                " reason) values ($1, $2, $3, '{vip}', 1, now(), now(), 5, $3) returning id",
                key, number, who,
            )  # fmt: skip
            await self("insert into lost_contact values ('main', $1, $2, now()) returning 1", linkedid, lost)
            await self("insert into lost_reached values ($1, now()) returning 1", key)
        await self.app.audit.note(ADMIN, "lost.claim", "1", {"number": RAW, "state": "claimed", "reason": NAME})
        await self.app.audit.note(ADMIN, "call.dial", f"+{KEY}", {})
        dead = self.folder / "var" / "journal" / "dead.jsonl"
        dead.write_text(json.dumps({"row": {"number": RAW, "name": NAME}}, ensure_ascii=False) + "\n", encoding="utf-8")
        # A row that has passed through the journal stands in its segment until that is full.
        self.app.journal.append("customer_access", {"user_id": 2, "customer_id": self.customer, "at": AT, "how": NAME})
        with contextlib.suppress(Exception):
            await self.app.journal.drained()

    # -- what is left

    async def left(self) -> list[str]:
        """Every text and JSON of the database, every file below the state folder and the PBX's: where he still is."""
        columns = await self.app.db.fetch(
            "select c.table_name, c.column_name from information_schema.columns c join information_schema.tables t"
            " using (table_schema, table_name) where c.table_schema = 'public' and t.table_type = 'BASE TABLE'"
            " and (c.data_type in ('text', 'json', 'jsonb', 'ARRAY', 'character varying', 'bytea'))"
        )
        assert len(columns) > 200
        found = []
        for row in columns:
            table, column = row["table_name"], row["column_name"]
            for line in await self.app.db.fetch(f'select "{column}"::text as it from "{table}"'):
                if line["it"] is not None and HERS.search(line["it"]):
                    found.append(f"{table}.{column}: {line['it']}")
        return found + await asyncio.to_thread(self.files)

    def files(self) -> list[str]:
        found = []
        for path in self.folder.rglob("*"):
            if path.is_file() and HERS.search(path.read_bytes().decode("utf-8", "replace")):
                found.append(str(path.relative_to(self.folder)))
        return found
