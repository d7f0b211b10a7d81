"""What is made fast is the same as what is made the usual way."""

import dataclasses

import pytest

from cti_server.live import changes, views
from cti_server.live.things.making import maker

CLASSES = [
    cls
    for module in (views, changes)
    for cls in vars(module).values()
    if isinstance(cls, type) and dataclasses.is_dataclass(cls) and cls.__module__ == module.__name__
]


@pytest.mark.parametrize("cls", CLASSES)
def test_the_same_object(cls: type) -> None:
    every = tuple(range(len(dataclasses.fields(cls))))
    needed = tuple(
        range(sum(each.default is each.default_factory is dataclasses.MISSING for each in dataclasses.fields(cls)))
    )
    make = maker(cls)
    for values in (every, needed):
        made = make(*values)
        assert type(made) is cls
        assert made == cls(*values)
        assert repr(made) == repr(cls(*values))
        assert dataclasses.replace(made) == made
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(made, dataclasses.fields(cls)[0].name, None)
        with pytest.raises((AttributeError, TypeError)):
            made.anything_else = 1


def test_defaults_are_not_shared() -> None:
    make = maker(views.CallView)
    required = [f.name for f in dataclasses.fields(views.CallView)][:12]
    one, two = make(**dict.fromkeys(required)), make(**dict.fromkeys(required))  # type: ignore[arg-type]
    assert one.data == {}
    assert one.data is not two.data


def test_unknown_arguments_are_refused() -> None:
    with pytest.raises(TypeError):
        maker(views.LinkView)("a", nothing=1)  # type: ignore[call-arg]
