"""All collections at once: the diagram of their relations, and the table of their rules."""

import re

import pytest

from admin_ui.diagram import BOX_WIDTH, diagram_of
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.fields.registry import field_from_json
from tests.admin_ui.dashboard import sign_in
from tests.admin_ui.posts import make_posts

RELATIONS = "/_/overview/relations/"


def collection(name: str, *targets: str) -> Collection:
    """With an id, and a relation to each of the others."""
    fields = [{"type": "text", "name": "id", "system": True}]
    fields += [{"type": "relation", "name": f"to_{one}", "collectionId": one} for one in targets]
    return Collection(id=name, name=name, fields=tuple(map(field_from_json, fields)))


class TestDiagram:
    @pytest.mark.parametrize("count", [0, 1, 2, 7, 40])
    def test_boxes_do_not_overlap(self, count):
        chain = [collection(f"c{at}", *([f"c{at - 1}"] if at else [])) for at in range(count)]
        boxes = diagram_of(chain).boxes
        assert {box.collection.name for box in boxes} == {one.name for one in chain}
        for at, one in enumerate(boxes):
            for other in boxes[at + 1 :]:
                assert (
                    one.x + BOX_WIDTH < other.x
                    or other.x + BOX_WIDTH < one.x
                    or one.y + one.height < other.y
                    or other.y + other.height < one.y
                )

    def test_everything_is_within_the_picture(self):
        diagram = diagram_of([collection(f"c{at}", "c0") for at in range(12)])
        assert all(
            box.x + BOX_WIDTH < diagram.width and box.y + box.height < diagram.height for box in diagram.boxes
        )

    def test_a_line_goes_from_the_field_to_the_id(self):
        diagram = diagram_of([collection("a"), collection("b", "a")])
        (wire,) = diagram.wires
        boxes = {box.collection.name: box for box in diagram.boxes}
        assert (wire.source, wire.field, wire.target) == ("b", "to_a", "a")
        assert (wire.ends[0][1], wire.ends[1][1]) == (boxes["b"].row_y("to_a"), boxes["a"].row_y("id"))
        assert wire.ends[0][0] in {boxes["b"].x, boxes["b"].x + BOX_WIDTH}
        assert wire.label == "b.to_a: a"

    def test_who_refers_to_itself(self):
        (wire,) = diagram_of([collection("a", "a")]).wires
        assert wire.ends[0][0] == wire.ends[1][0]

    def test_relatives_stand_in_different_columns(self):
        boxes = diagram_of([collection("a"), collection("b", "a")]).boxes
        assert len({box.x for box in boxes}) == 2

    def test_what_is_not_shown_is_not_led_to(self):
        assert diagram_of([collection("b", "a")]).wires == ()


@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def admin(self, client, root, make_collection):
        make_posts(make_collection)
        sign_in(client)
        return client

    def test_the_relations(self, admin):
        page = admin.get(RELATIONS).content.decode()
        assert len(re.findall("data-box=", page)) == sum(not one.system for one in catalog().collections)
        assert {"author", "readers"} <= set(re.findall(r'data-field="(\w+)"', page))
        assert "posts.author: authors; posts.readers: authors; " in page

    def test_those_of_the_system(self, admin):
        page = admin.get(f"{RELATIONS}?system=1").content.decode()
        assert len(re.findall("data-box=", page)) == len(catalog().collections)

    def test_the_rules(self, admin, make_collection):
        make_collection("open", list_rule="", view_rule="id != '<b>'")
        page = admin.get("/_/overview/rules/").content.decode()
        row = page[page.rindex(">open<") :]
        cells = [re.sub(r"<[^>]+>|\s+", "", cell) for cell in re.findall(r"<td [^>]*>(.*?)</td>", row)][:8]
        assert cells == ["Everyone", "id!=&#x27;&lt;b&gt;&#x27;", *["Superusersonly"] * 3, "–", "–", "–"]

    @pytest.mark.parametrize("address", [RELATIONS, "/_/overview/rules/"])
    def test_are_for_superusers(self, client, root, address):
        assert client.get(address).status_code == 302
