"""SIP on the page: what real and unreal senders write is read right, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.sandbox.phones.sip import (
    Message,
    SipError,
    digest_answer,
    parse,
    parse_address,
    parse_challenge,
    parse_sdp,
    split_list,
    write_address,
    write_sdp,
)

INVITE = (
    "INVITE sip:1001@127.0.0.1:5070 SIP/2.0\r\n"
    "v: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKone, SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKtwo\r\n"
    'f: "王, \\"小\\" 明" <sip:13800000001@127.0.0.1>;tag=abc\r\n'
    "t: <sip:1001@127.0.0.1>\r\n"
    "i: call-1\r\n"
    "CSEQ: 7 INVITE\r\n"
    "Subject: folded\r\n"
    "  over two\r\n"
    "\tlines\r\n"
    "this line is junk\r\n"
    "l: 4\r\n"
    "\r\n"
    "bodyand what does not belong to it"
).encode()


def test_compact_names_folded_lines_and_junk_lines_are_read() -> None:
    message = parse(INVITE)
    assert (message.method, message.uri, message.status) == ("INVITE", "sip:1001@127.0.0.1:5070", 0)
    assert (message.call_id, message.cseq, message.branch) == ("call-1", 7, "z9hG4bKone")
    assert len(message.all("Via")) == 2
    assert message.get("subject") == "folded over two lines"
    assert message.body == b"body"


def test_a_chinese_name_with_commas_and_quotes_survives() -> None:
    address = parse_address(parse(INVITE).get("from"))
    assert (address.name, address.user, address.tag) == ('王, "小" 明', "13800000001", "abc")
    assert parse_address(write_address(address.uri, address.name, address.tag)) == address


def test_what_we_write_we_read_again() -> None:
    response = Message("INVITE", status=180, reason="Ringing", headers=[
        ("Via", "SIP/2.0/UDP a;branch=b"), ("From", "<sip:a@b>;tag=1"), ("To", "<sip:c@d>"), ("Call-ID", "x"),
        ("CSeq", "1 INVITE"),
    ])  # fmt: skip
    again = parse(response.encode())
    assert (again.status, again.reason, again.method, again.get("to")) == (180, "Ringing", "INVITE", "<sip:c@d>")


def test_bare_line_feeds_are_forgiven() -> None:
    assert parse(INVITE.replace(b"\r\n", b"\n")).call_id == "call-1"


@pytest.mark.parametrize(
    "junk",
    [
        b"", b"\r\n\r\n", b"\0" * 40, b"\xff\xfe\x80", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"SIP/2.0 abc OK\r\n\r\n",
        b"SIP/2.0 999 X\r\n\r\n", b"INVITE sip:a SIP/2.0\r\nVia: x\r\n\r\n",
        INVITE.replace(b"7 INVITE", b"seven INVITE"),
        INVITE.replace(b"7 INVITE", "² INVITE".encode()), INVITE.replace(b"7 INVITE", b"7"),
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(junk: bytes) -> None:
    with pytest.raises(SipError):
        parse(junk)


@given(st.binary(max_size=400), st.integers(0, len(INVITE)))
def test_no_bytes_at_all_raise_anything_else(noise: bytes, at: int) -> None:
    for data in (noise, INVITE[:at] + noise + INVITE[at:]):
        try:
            message = parse(data)
        except SipError:
            continue
        parse_address(message.get("from"))
        parse_sdp(message.body)
        assert message.cseq >= 0


@given(st.text(), st.text())
def test_addresses_and_lists_never_raise(one: str, two: str) -> None:
    parse_address(one + "<" + two)
    split_list(one + '"' + two)


def test_line_ends_in_an_address_are_refused() -> None:
    with pytest.raises(SipError):
        write_address("sip:a@b", "name\r\nX-Evil: 1")


def test_the_digest_of_rfc_2617() -> None:
    challenge = parse_challenge(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    answer = digest_answer(challenge, "GET", "/dir/index.html", "Mufasa", "Circle Of Life", cnonce="0a4f113b")
    assert 'response="6629fae49393a05397450978507c4ef1"' in answer
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in answer
    assert "nc=00000001" in answer


def test_the_sha_256_digest_of_rfc_7616() -> None:
    challenge = parse_challenge(
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    answer = digest_answer(challenge, "GET", "/dir/index.html", "Mufasa", "Circle of Life", cnonce=cnonce)
    assert 'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"' in answer


@pytest.mark.parametrize("value", ["", "Basic realm=x", 'Digest realm="x"', "Digest nonce"])
def test_what_is_no_digest_challenge_is_refused(value: str) -> None:
    with pytest.raises(SipError):
        parse_challenge(value)


def test_an_unknown_digest_algorithm_is_refused() -> None:
    with pytest.raises(SipError, match="SHA-512"):
        digest_answer({"realm": "r", "nonce": "n", "algorithm": "SHA-512"}, "GET", "/", "u", "p")


def test_a_session_is_written_and_read() -> None:
    session = parse_sdp(write_sdp("127.0.0.1", 4444, "sendonly"))
    assert session is not None
    assert (session.host, session.port, session.direction, session.event_payload) == (
        "127.0.0.1",
        4444,
        "sendonly",
        101,
    )
    assert session.payloads == (0, 101)
    assert session.sends
    assert not session.listens


def test_only_the_first_audio_stream_counts() -> None:
    body = b"v=0\nc=IN IP4 10.0.0.9\nm=audio 1000 RTP/AVP 8 0\na=recvonly\nm=audio 2000 RTP/AVP 0\na=inactive\n"
    session = parse_sdp(body)
    assert session is not None
    assert (session.host, session.port, session.payloads, session.direction) == ("10.0.0.9", 1000, (8, 0), "recvonly")


@pytest.mark.parametrize("body", [b"", b"v=0\n", b"m=video 1 RTP/AVP 99\n", b"\xff\xff"])
def test_no_audio_is_no_session(body: bytes) -> None:
    assert parse_sdp(body) is None
