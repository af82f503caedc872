"""What every model does: decoding, unknown members, repr, equality, copies."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import traceback
from types import ModuleType
from typing import Any

import attrs
import pytest

from harness_nextgen_runtime.decoding import Mismatch, integer, list_of
from harness_nextgen_runtime.unset import UNSET, Unset

LEAST = {"id": "i", "account": "a", "name": "n", "system": "s", "created": 1, "updated": 2}
TESTING = {
    "account": "a", "org": "o", "project": "p", "pipelines": ["x"], "provisioner_type": "tofu",
    "provisioner_version": "1.9.4",
}  # fmt: skip


def test_absent_value_is_one() -> None:
    """UNSET is false, is shown by its name, and is itself after a copy or a pickle."""
    assert not UNSET
    assert repr(UNSET) == str(UNSET) == "UNSET"
    assert copy.deepcopy(UNSET) is UNSET
    assert pickle.loads(pickle.dumps(UNSET)) is UNSET
    assert isinstance(UNSET, Unset)


def test_repr_shows_what_is_set(models: ModuleType) -> None:
    """What was set is shown, null included; what is not set is not."""
    module = models.Module.from_dict({**LEAST, "tags": None, "storage_type": "artifact", "new": 1})
    assert repr(module) == (
        "Module(id='i', account='a', name='n', system='s', created=1, updated=2, tags=None, "
        "storage_type=<StorageType.ARTIFACT: 'artifact'>, additional_properties={'new': 1})"
    )
    assert repr(models.CreateModuleRequest(name="n", system="s")) == (
        "CreateModuleRequest(name='n', system='s')"
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "the data: expected an object, found null"),
        ([], "the data: expected an object, found a list"),
        ({}, "/id: expected a text, found nothing"),
        ({**LEAST, "created": "1"}, "/created: expected a whole number, found a text"),
        ({**LEAST, "created": True}, "/created: expected a whole number, found true or false"),
        ({**LEAST, "name": None}, "/name: expected a text, found null"),
        ({**LEAST, "tags": ["a"]}, "/tags: expected a text, found a list"),
        ({**LEAST, "versions": ["1", 2]}, "/versions/1: expected a text, found a number"),
        ({**LEAST, "storage_type": 1}, "/storage_type: expected a text, found a number"),
        ({**LEAST, "testing_enabled": 1},
         "/testing_enabled: expected true or false, found a number"),
        ({**LEAST, "testing_metadata": {**TESTING, "pipelines": [None]}},
         "/testing_metadata/pipelines/0: expected a text, found null"),
        ({**LEAST, "testing_metadata": {"account": "a"}},
         "/testing_metadata/org: expected a text, found nothing"),
        ({**LEAST, "version_statuses": {"1/0~": 1}},
         "/version_statuses/1~10~0: expected a text, found a number"),
    ],
)  # fmt: skip
def test_mismatch(models: ModuleType, data: Any, said: str) -> None:
    """What is missing or of another kind is named by its JSON pointer, without the data."""
    with pytest.raises(Mismatch) as caught:
        models.Module.from_dict(data)
    assert str(caught.value) == said
    assert isinstance(caught.value, ValueError)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.pointer, str(again)) == (caught.value.pointer, said)


def test_place_in_a_list(models: ModuleType) -> None:
    """The pointer begins at the list that was answered."""
    with pytest.raises(Mismatch) as caught:
        list_of(models.Module.from_dict)([LEAST, LEAST, {**LEAST, "id": 3}])
    assert caught.value.pointer == "/2/id"


def test_whole_numbers(models: ModuleType) -> None:
    """A whole number that a server writes as 1e3 or 2.0 is one; a fraction is not."""
    assert models.Module.from_dict({**LEAST, "created": 1e3}).created == 1000
    assert type(integer(2.0)) is int
    with pytest.raises(Mismatch, match="a whole number"):
        integer(2.5)
    with pytest.raises(Mismatch, match="a whole number"):
        integer(float("inf"))


def test_unknown_members(models: ModuleType) -> None:
    """Members without a field are reached by their name, and sent back as they are now."""
    module = models.Module.from_dict({**LEAST, "new": [1]})
    assert "new" in module
    assert "id" not in module
    module["new"] = [2]
    module["newer"] = None
    assert module.to_dict() == {**LEAST, "new": [2], "newer": None}
    del module["new"]
    assert module.additional_properties == {"newer": None}
    with pytest.raises(KeyError):
        module["new"]


def test_field_goes_before_a_member_of_its_name(models: ModuleType) -> None:
    """An unknown member cannot stand in for a field that is set."""
    module = models.Module(**LEAST)
    module.additional_properties["id"] = "other"
    assert module.to_dict()["id"] == "i"


def test_mismatch_can_be_shown_with_locals(models: ModuleType) -> None:
    """A model that is decoded in half has a repr, which tools that show locals call."""
    with pytest.raises(Mismatch) as caught:
        models.Module.from_dict({**LEAST, "system": 5})
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "expected a text, found a number" in "".join(shown.format())


def test_field_is_no_item(models: ModuleType) -> None:
    """Setting a field as an item says how it is set, and is not silently left out."""
    module = models.Module(**LEAST)
    with pytest.raises(KeyError, match=r"id has a field: set \.id"):
        module["id"] = "other"
    assert module.additional_properties == {}


def test_equality(models: ModuleType) -> None:
    """Models are equal when everything in them is, and they have no hash."""
    one, other = models.Module.from_dict(LEAST), models.Module(**LEAST)
    assert one == other
    other["new"] = 1
    assert one != other
    assert models.Module.from_dict({**LEAST, "tags": None}) != one
    assert one != LEAST
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


def test_copies(models: ModuleType) -> None:
    """A copy with other values keeps unknown members, and has them for itself."""
    module = models.Module.from_dict({**LEAST, "new": 1})
    other = attrs.evolve(module, name="m")
    assert other.to_dict() == {**LEAST, "name": "m", "new": 1}
    other["new"] = 2
    assert module["new"] == 1
    deep = copy.deepcopy(module)
    assert deep == module
    assert pickle.loads(pickle.dumps(module)) == module


def test_misspelled_field_is_an_error(models: ModuleType) -> None:
    """A field that does not exist cannot be set."""
    module = models.Module(**LEAST)
    with pytest.raises(AttributeError):
        module.nmae = "x"
    with pytest.raises(TypeError):
        models.Module(**LEAST, nmae="x")


def test_plain_text_for_an_enum(models: ModuleType) -> None:
    """A caller may set a text where an enum belongs; both are sent alike."""
    plain = models.CreateModuleRequest(name="n", system="s", storage_type="artifact")
    member = models.CreateModuleRequest(
        name="n", system="s", storage_type=models.StorageType.ARTIFACT
    )
    assert plain == member
    assert plain.to_dict() == member.to_dict() == {
        "name": "n", "system": "s", "storage_type": "artifact",
    }  # fmt: skip
    assert type(member.to_dict()["storage_type"]) is str


def test_data_is_not_shared(models: ModuleType) -> None:
    """Neither what a model was read from nor what it is written to changes with it."""
    data = {**LEAST, "versions": ["1"]}
    module = models.Module.from_dict(data)
    module.versions.append("2")
    module.to_dict()["versions"].append("3")
    assert data["versions"] == ["1"]
    assert module.versions == ["1", "2"]


def test_own_subclass(models: ModuleType) -> None:
    """A class of one's own decodes to itself, its own fields included in what is written."""

    @attrs.define(eq=False, repr=False)
    class Mine(models.Module):  # type: ignore[misc, name-defined]
        note: str | Unset = UNSET

        def _decode(self, members: dict[str, Any]) -> None:
            super()._decode(members)
            self.note = members["note"]

    mine = Mine.from_dict({**LEAST, "note": "x", "new": 1})
    assert (mine.note, mine["new"]) == ("x", 1)
    assert mine.to_dict() == {**LEAST, "note": "x", "new": 1}
    assert "note" in models.Module.from_dict({**LEAST, "note": "x"})


def test_models_are_imported_when_used() -> None:
    """The package of models loads neither attrs nor any model before one is asked for."""
    script = (
        "import sys\n"
        "from harness_nextgen_runtime.lazy import lazy_attributes\n"
        "import harness_nextgen_runtime.encoding, harness_nextgen_runtime.decoding\n"
        "assert 'attrs' not in sys.modules\n"
        "sys.modules['harness_nextgen'] = type(sys)('harness_nextgen')\n"
        "sys.modules['harness_nextgen'].__path__ = [sys.argv[1]]\n"
        "from harness_nextgen import models\n"
        "assert 'attrs' not in sys.modules\n"
        "assert 'Module' in models.__all__\n"
        "from harness_nextgen.models import ModuleTesting\n"
        "assert models.ModuleTesting is ModuleTesting\n"
        "names = [name for name in sys.modules if name.startswith('harness_nextgen.models.')]\n"
        "assert names == ['harness_nextgen.models.module_testing'], names\n"
        "assert not hasattr(models, 'Modul')\n"
    )
    from tests.models.conftest import ROOT

    folder = ROOT / "generated" / "harness_nextgen"
    subprocess.run([sys.executable, "-c", script, str(folder)], check=True)
