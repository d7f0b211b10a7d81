"""Who hears which call: nobody before the PBX said so, nobody after its end."""

from dataclasses import replace

from cti_server.core.bus import Bus
from cti_server.monitoring.hearing import Heard, Hearing
from cti_server.monitoring.model import EndReason, Mode
from cti_server.monitoring.sessions import Sessions
from tests.fakes.set_clock import SetClock
from tests.monitoring.people import CUSTOMER, LI, SUPERVISOR, KeptHub, KeptJournal, SetLive, Staff, call, leg
from tests.monitoring.test_model import SESSION

CALL = call(CUSTOMER, leg("PJSIP/1001", 1))


def test_on_the_call_from_the_word_of_the_pbx_until_its_end() -> None:
    live = SetLive({CALL.id: CALL})
    sessions = Sessions(bus=Bus(), hub=KeptHub(), live=live, people=Staff(), journal=KeptJournal(), clock=SetClock())
    hearing = Hearing(sessions, live)
    assert hearing.heard_by(SUPERVISOR) is None
    ringing = replace(SESSION, call_id=CALL.id, supervisor_id=SUPERVISOR, agent_id=LI)
    sessions.put(ringing)
    assert hearing.heard_by(SUPERVISOR) is None, "his phone rings still"
    sessions.put(ringing.put_on(2.0).switched(Mode.WHISPER, 3.0))
    assert hearing.heard_by(SUPERVISOR) == Heard(CALL.id, LI, CALL.queue, CALL.started_at)
    assert (hearing.goes_on(CALL.id), hearing.goes_on("main:none.0")) == (True, False)
    sessions.end(ringing.id, EndReason.STOPPED)
    assert hearing.heard_by(SUPERVISOR) is None
