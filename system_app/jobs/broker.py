"""django-q2's queue in the database, in which jobs by the clock come first: their minute is soon over."""

from time import sleep

from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf

# The key of their entries; all others have the cluster's name.
BY_THE_CLOCK = f"{Conf.CLUSTER_NAME}.crons"


class Queue(ORM):  # type: ignore[misc]
    def dequeue(self) -> list[tuple[int, str]]:
        """Take the next entry, `(key, signed package)`; without one it takes `Conf.POLL` seconds."""
        queue = self.get_connection()
        # The longer key is the greater one, in every collation.
        ready = queue.filter(key__in=(self.list_key, BY_THE_CLOCK), lock__lt=timezone.now())
        entry = ready.order_by("-key", "pk").first()
        if entry is None:
            sleep(Conf.POLL)
            return []
        # Nobody else has taken it meanwhile.
        is_ours = queue.filter(pk=entry.pk, lock=entry.lock).update(lock=self.timeout(entry))
        return [(entry.pk, entry.payload)] if is_ours else []
