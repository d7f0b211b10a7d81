import pytest

from cti_server.core.web.origins import Origins, Proxies, Sender

HERE = "cc.example.com:8088"


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "https://evil.example",
        "http://cc.example.com.evil.tld:8088",
        "http://evil.tld/cc.example.com:8088",
        "http://cc.example.com:8088@evil.tld",
        "http://cc.example.com",
        "http://cc.example.com:80880",
        "ftp://cc.example.com:8088",
        "http://cc.example.com:x",
        "http://[::1",
        "javascript:alert(1)",
    ],
)
def test_foreign_pages_are_not_allowed(origin: str | None) -> None:
    assert not Origins().allows(origin, HERE)


def test_without_a_public_url_the_page_must_come_from_the_host_that_was_asked() -> None:
    assert Origins().allows("http://cc.example.com:8088", HERE)
    assert Origins().allows("http://CC.example.com:8088", HERE)
    assert Origins().allows("https://cc.example.com", "cc.example.com")
    assert not Origins().allows("http://cc.example.com:8088", None)


def test_with_a_public_url_the_host_header_decides_nothing() -> None:
    origins = Origins("https://cc.example.com/", ["http://intranet:8080"])
    assert origins.allows("https://cc.example.com", "anything")
    assert origins.allows("http://intranet:8080", "anything")
    assert not origins.allows("http://evil.tld", "evil.tld")
    assert not origins.allows("http://cc.example.com", "cc.example.com")


def test_an_entry_that_is_no_origin_is_an_error() -> None:
    with pytest.raises(ValueError, match="no origin"):
        Origins(allowed=["cc.example.com"])


def test_forwarded_headers_of_strangers_are_not_believed() -> None:
    told = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"}
    sender = Proxies(["10.0.0.0/8"]).sender("203.0.113.5", False, told)
    assert sender == Sender("203.0.113.5", secure=False, direct=False)


def test_a_trusted_proxy_tells_who_came() -> None:
    proxies = Proxies(["10.0.0.0/8", "127.0.0.1"])
    told = {"X-Forwarded-For": "6.6.6.6, 203.0.113.5, 10.1.1.1", "X-Forwarded-Proto": "https"}
    sender = proxies.sender("127.0.0.1", False, told)
    assert (sender.address, sender.secure) == ("203.0.113.5", True)


def test_junk_from_a_trusted_proxy_leaves_the_last_good_hop() -> None:
    sender = Proxies(["127.0.0.1"]).sender("127.0.0.1", True, {"X-Forwarded-For": "<script>, 127.0.0.1"})
    assert (sender.address, sender.secure) == ("127.0.0.1", True)


def test_only_a_direct_loopback_connection_is_on_this_machine() -> None:
    proxies = Proxies()
    assert proxies.sender("127.0.0.1", False, {}).on_this_machine
    assert proxies.sender("::1", False, {}).on_this_machine
    assert not proxies.sender("127.0.0.1", False, {"X-Forwarded-For": "1.2.3.4"}).on_this_machine
    assert not proxies.sender("192.0.2.1", False, {}).on_this_machine
    assert not proxies.sender("", False, {}).on_this_machine
