"""While guests attack, others get their view, their health and their sign-in (issue 10, its table).

The attacks are so strong that a server which does not hold them leaves others without an answer.
"""

import pytest

from tests.attacks import catalogue
from tests.attacks.catalogue import Attack
from tests.attacks.conftest import Arena
from tests.attacks.siege import besiege

ANSWERS = 20

OK, REFUSED, EITHER = {200}, {400}, {200, 400}


@pytest.mark.parametrize(
    ("attack", "statuses"),
    [
        pytest.param(Attack(catalogue.many_expands), EITHER, id="row_1_many_expands"),
        pytest.param(Attack(catalogue.very_many_expands), EITHER, id="row_1_in_a_long_target"),
        pytest.param(Attack(catalogue.many_expands_of_a_view), EITHER, id="row_1_many_expands_of_a_view"),
        pytest.param(
            Attack(catalogue.filter_through_six_relations), REFUSED, id="row_2_filter_through_relations"
        ),
        pytest.param(
            Attack(catalogue.filter_through_six_relations, clients=16), REFUSED, id="row_2_from_16_clients"
        ),
        pytest.param(Attack(catalogue.filter_through_six_back_relations), REFUSED, id="row_2_back_relations"),
        pytest.param(Attack(catalogue.sort_through_six_relations), REFUSED, id="row_2_sort"),
        pytest.param(Attack(catalogue.head_through_six_relations), REFUSED, id="row_2_head"),
        pytest.param(Attack(catalogue.evil_value), REFUSED, id="row_3_pattern_in_a_create"),
        pytest.param(Attack(catalogue.evil_value_in_a_patch), REFUSED, id="row_3_pattern_in_an_update"),
        pytest.param(
            Attack(catalogue.like_over_a_megabyte, needs=catalogue.needs_a_megabyte),
            EITHER,
            id="row_4_like_over_a_long_value",
        ),
        pytest.param(
            Attack(catalogue.like_over_many_rows, needs=catalogue.needs_long_rows),
            EITHER,
            id="row_4_like_over_many_rows",
        ),
        pytest.param(
            Attack(catalogue.long_excerpt, needs=catalogue.needs_a_nest), OK, id="row_4_excerpt_of_a_nest"
        ),
        pytest.param(
            Attack(catalogue.many_fields, needs=catalogue.needs_many_rows), EITHER, id="row_4_many_fields"
        ),
        pytest.param(
            Attack(catalogue.very_many_fields, needs=catalogue.needs_many_rows),
            EITHER,
            id="row_4_in_a_long_target",
        ),
        pytest.param(
            Attack(catalogue.many_excerpts, needs=catalogue.needs_many_rows), EITHER, id="row_4_many_excerpts"
        ),
        pytest.param(Attack(catalogue.long_url_value), REFUSED, id="row_4_long_url"),
        pytest.param(Attack(catalogue.empty_search, clients=32), OK, id="row_5_empty_searches"),
        pytest.param(Attack(catalogue.json_with_junk_behind), EITHER, id="row_9_junk_behind_json"),
        pytest.param(Attack(catalogue.json_of_lists), EITHER, id="row_9_json_of_lists"),
        pytest.param(Attack(catalogue.json_of_surrogates), EITHER, id="row_9_json_of_surrogates"),
        pytest.param(Attack(catalogue.false_boundaries), EITHER, id="row_9_false_boundaries"),
        pytest.param(Attack(catalogue.million_header_lines), EITHER, id="row_9_million_header_lines"),
        pytest.param(Attack(catalogue.files_of_no_name), EITHER, id="row_9_files_of_no_name"),
        pytest.param(
            Attack(catalogue.sign_in_as("records_users"), clients=16), REFUSED, id="row_11_records_users"
        ),
        pytest.param(
            Attack(catalogue.create_with_back_relation, needs=catalogue.needs_late_comments),
            EITHER,
            id="row_12_expand_after_a_create",
        ),
        pytest.param(Attack(catalogue.patch_with_expand), EITHER, id="row_12_expand_after_an_update"),
        pytest.param(Attack(catalogue.expand_of_all_at_all), EITHER, id="row_13_expand_of_all_at_all"),
        pytest.param(
            Attack(catalogue.expand_of_all_at_all_in_a_view), EITHER, id="row_13_expand_of_all_in_a_view"
        ),
    ],
)
def test_an_attack_does_not_stop_others(arena: Arena, attack: Attack, statuses: set[int]) -> None:
    arena.world.prepare(attack.needs)
    siege = besiege(arena.url, attack.hits, clients=attack.clients, answers=ANSWERS)
    assert siege.unanswered() == {}
    assert siege.others_had_enough
    assert siege.statuses <= statuses
