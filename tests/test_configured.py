"""From the configuration to what the rooms are made with."""

from datetime import time

from cti_server.configured import Site, link_settings, web_options
from cti_server.settings import Database, PbxSettings, Queues, Settings, Web
from cti_server.settings import Site as SiteSettings

SETTINGS = Settings(
    web=Web(port=9000, trusted_proxies=["10.0.0.1"]),
    database=Database(url="postgresql:///cti"),
    site=SiteSettings(
        region="CN", area_code="10", outside_prefix="9", business_day_start="04:30", timezone="Asia/Shanghai"
    ),
    queues=Queues(service_level_definition="F3", service_level_seconds=30, labels={"support": "客服"}),
)


def test_the_site_counts_as_configured() -> None:
    site = Site.of(SETTINGS)
    assert site.days.start == time(4, 30)
    assert (site.goal.definition.value, site.goal.seconds) == ("F3", 30)
    assert site.numbering.area_code == "010"
    assert site.told.service_level.definition == "F3"


def test_a_number_has_one_key_however_it_was_told() -> None:
    site = Site.of(SETTINGS)
    forms = ["13800001111", "+8613800001111", "008613800001111", "013800001111", "8613800001111"]
    assert {site.number_key(form) for form in forms} == {"8613800001111"}


def test_links_and_web_are_handed_on() -> None:
    link = link_settings(PbxSettings(name="west", host="10.1.1.1", port=5039, user="u", secret="s3cret", tls=True))
    assert (link.name, link.host, link.port, link.user, link.secret) == ("west", "10.1.1.1", 5039, "u", "s3cret")
    assert link.tls is not None
    assert "s3cret" not in repr(link)
    options = web_options(SETTINGS)
    assert (options.port, list(options.trusted_proxies), options.language) == (9000, ["10.0.0.1"], "zh-CN")
