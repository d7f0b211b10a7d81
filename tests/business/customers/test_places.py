from cti_server.business.customers.numbers import normalise
from cti_server.business.customers.places import NOWHERE, Place, Places


async def test_nowhere_until_loaded_then_province_and_carrier() -> None:
    places = Places()
    number = normalise("13800001111")
    assert places.of(number, "zh-CN") == NOWHERE
    await places.load()
    assert places.loaded
    assert places.of(number, "zh-CN") == Place("北京市", "中国移动")
    assert places.of(number, "en") == Place("Beijing", "China Mobile")
    assert places.of(normalise("0755-88886666"), "zh-CN").province == "广东省深圳市"
    assert places.of(normalise("1001"), "zh-CN") == NOWHERE
