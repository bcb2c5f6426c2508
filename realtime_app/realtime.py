"""Messages of your own to realtime clients, from any process: `from realtime_app import realtime`.

    realtime.send("orders", {"number": 17})

Clients subscribe as to any topic: `pb.realtime.subscribe("orders", ...)`. What a single client of this
process can be asked and told is in `realtime_app.broker`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from platform_app.database.transactions import after_commit
from platform_app.wire.json_encoding import encode
from realtime_app.service import service

if TYPE_CHECKING:
    from collections_app.records.record import Record

MOST_BYTES = 512 * 1024


def send(topic: str, data: Any = None, *, to: "Iterable[Record] | None" = None) -> None:
    """Send a message to all clients that are subscribed to `topic`, whichever process holds their streams.

    `data` is any JSON value. Without options in `topic` those who subscribed to it with options hear it too,
    each under the name that it subscribed to. `to` leaves only the clients that are signed in as one of these
    records. In a transaction it goes out with the commit, and not at all if that fails.

    It reaches who is connected then; nothing is kept for others, and nothing is waited for. No rule is asked:
    what may be known to some only needs `to`. Raises TypeError or ValueError for what is not JSON, or has
    more than MOST_BYTES.
    """
    encoded = encode(data)
    if len(encoded) > MOST_BYTES:
        raise ValueError(f"a message of {len(encoded)} bytes, the most are {MOST_BYTES}")
    keys = None if to is None else [(record.collection.id, record.id) for record in to]

    def deliver() -> None:
        service.send_to_topic(topic, encoded, keys)
        service.relay.send(topic, encoded, keys)

    after_commit(deliver, lambda error: None)
