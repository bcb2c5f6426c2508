"""Python's own `logging` in the log: levels, attributes, errors, and loggers that carry attributes along."""

import json
import logging
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from system_app.logs.attributes import as_json, error_text
from system_app.logs.json_lines import JsonFormatter
from system_app.logs.log_handler import LogHandler
from system_app.logs.loggers import logger
from tests.system_app.logs.conftest import LOGS
from tests.system_app.logs.rows import written
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db(databases=list({"default", LOGS}))


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no text")


def entries(log):
    log.flush()
    return written()


@pytest.mark.parametrize(
    ("python_level", "level"),
    [
        pytest.param(logging.DEBUG, -4, id="debug"),
        pytest.param(logging.INFO, 0, id="info"),
        pytest.param(25, 2, id="between"),
        pytest.param(logging.WARNING, 4, id="warning"),
        pytest.param(logging.ERROR, 8, id="error"),
        pytest.param(logging.CRITICAL, 8, id="critical"),
    ],
)
def test_levels(log, python_level, level):
    save(logs={"minLevel": -4})
    log._use_current()
    logging.getLogger("shop").log(python_level, "%d sold", 3, extra={"item": "tea"})
    assert entries(log) == [(level, "3 sold", {"item": "tea", "logger": "shop"})]


@pytest.mark.parametrize(
    ("min_level", "messages"),
    [
        pytest.param(-4, ["debug", "info", "warning"], id="debug"),
        pytest.param(0, ["info", "warning"], id="info"),
        pytest.param(1, ["warning"], id="between"),
        pytest.param(8, [], id="error"),
    ],
)
def test_the_lowest_level_is_that_of_the_settings(log, min_level, messages):
    save(logs={"minLevel": min_level})
    log._use_current()
    for name in ("debug", "info", "warning"):
        getattr(logging.getLogger("shop"), name)(name)
    assert [message for _, message, _ in entries(log)] == messages


def test_a_level_that_is_changed_counts_for_what_waits(log):
    logging.getLogger("shop").warning("waits")
    save(logs={"minLevel": 8})
    log._use_current()
    assert entries(log) == []


def test_bound_and_grouped_attributes(log):
    bound = logger("shop", order="a1").bind(user=7)
    grouped = bound.group("payment").bind(by="card")
    grouped.group("bank").warning("refused", code=51)
    grouped.warning("tried")
    bound.warning("done", extra={"more": True})
    logger("shop").warning("alone")
    assert [data for _, _, data in entries(log)] == [
        {"logger": "shop", "order": "a1", "payment": {"bank": {"code": 51}, "by": "card"}, "user": 7},
        {"logger": "shop", "order": "a1", "payment": {"by": "card"}, "user": 7},
        {"logger": "shop", "more": True, "order": "a1", "user": 7},
        {"logger": "shop"},
    ]


def test_an_error_is_readable_with_its_causes(log):
    try:
        try:
            _ = {}["stock"]
        except KeyError as error:
            raise ValueError("no tea") from error
    except ValueError:
        logging.getLogger("shop").exception("not sold")
    ((level, message, data),) = entries(log)
    assert (level, message) == (8, "not sold")
    assert data["error"] == "ValueError: no tea, caused by KeyError: 'stock'"
    assert data["trace"].startswith("Traceback") and data["trace"].endswith("ValueError: no tea")


@pytest.mark.parametrize(
    ("value", "logged"),
    [
        pytest.param(None, None, id="none"),
        pytest.param(True, True, id="bool"),
        pytest.param(2**63 - 1, 2**63 - 1, id="large integer"),
        pytest.param(2**70, str(2**70), id="larger integer"),
        pytest.param(5.0, 5, id="integral float"),
        pytest.param(float("nan"), "nan", id="no number"),
        pytest.param(Decimal("1.50"), "1.50", id="decimal"),
        pytest.param(datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02T03:00:00+00:00", id="moment"),
        pytest.param(date(2026, 1, 2), "2026-01-02", id="date"),
        pytest.param(["a", ("b", {"c"})], ["a", ["b", ["c"]]], id="lists"),
        pytest.param({2: {"x": OSError("disk")}}, {"2": {"x": "OSError: disk"}}, id="error in a mapping"),
        pytest.param(b"\xff", "b'\\xff'", id="bytes"),
        pytest.param("\ud800", "?", id="half a character"),
        pytest.param(Unprintable(), "(Unprintable without a text: RuntimeError)", id="without a text"),
        pytest.param("x" * 5001, "x" * 5000 + "...", id="long text"),
    ],
)
def test_a_value_becomes_json(value, logged):
    assert json.loads(as_json({"value": value})) == {"value": logged}


def test_what_is_logged_is_bounded():
    endless: list = []
    endless.append(endless)
    assert len(as_json({"a": endless})) < 10_000
    assert len(as_json({"a": ["x" * 5000] * 1000})) < 100_000
    assert len(as_json({"a": {str(number): number for number in range(100_000)}})) < 100_000


def test_errors_in_a_circle_end():
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert error_text(first) == "ValueError: a, caused by ValueError: b"


def test_arguments_that_do_not_fit_lose_no_entry(log):
    LogHandler().emit(logging.makeLogRecord({"levelno": 30, "msg": "%d of %d", "args": (1,)}))
    ((_, message, _),) = entries(log)
    assert message == "%d of %d (1,)"


def test_attributes_are_those_of_the_moment(log):
    basket = ["tea"]
    logging.getLogger("shop").warning("sold", extra={"basket": basket})
    basket.append("milk")
    ((_, _, data),) = entries(log)
    assert data["basket"] == ["tea"]


def test_a_closed_log_takes_nothing(log):
    log.is_open = False
    logging.getLogger("shop").warning("nobody hears")
    log.is_open = True
    assert entries(log) == []


def test_the_root_logger_has_the_handler():
    assert [type(handler) for handler in logging.getLogger().handlers if isinstance(handler, LogHandler)]


def test_a_record_as_a_line_of_json():
    record = logging.makeLogRecord(
        {"name": "shop", "levelno": 30, "msg": "%d\nsold", "args": (3,), "created": 1.0625, "item": "<tea>"}
    )
    assert JsonFormatter().format(record) == (
        '{"time":"1970-01-01 00:00:01.062Z","level":"WARN","message":"3\\nsold",'
        '"data":{"item":"\\u003ctea\\u003e","logger":"shop"}}'
    )
