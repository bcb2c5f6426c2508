"""The two lists of domains that email and url fields share: only these, or all but these."""

from collections.abc import Mapping
from dataclasses import dataclass

from collections_app.fields.base import OptionContext
from collections_app.fields.options import OptionError, domain_list_errors
from collections_app.fields.texts import HoldsText


@dataclass(frozen=True, kw_only=True)
class LimitsDomains(HoldsText):
    """A field whose values belong to a domain; at most one of the lists is set."""

    except_domains: tuple[str, ...] | None = None
    only_domains: tuple[str, ...] | None = None

    def own_option_errors(self, context: OptionContext) -> Mapping[str, OptionError | None]:
        return {
            "exceptDomains": domain_list_errors(self.except_domains, self.only_domains),
            "onlyDomains": domain_list_errors(self.only_domains, self.except_domains),
        }

    def allows_domain(self, domain: str) -> bool:
        """Whether `domain` may be used; compared exactly, case included."""
        if self.only_domains and domain not in self.only_domains:
            return False
        return not self.except_domains or domain not in self.except_domains
