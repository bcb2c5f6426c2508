"""The names of the collections that the server itself works with (contract/collections.md 5)."""

SUPERUSERS = "_superusers"
AUTH_ORIGINS = "_authOrigins"
EXTERNAL_AUTHS = "_externalAuths"
MFAS = "_mfas"
OTPS = "_otps"

# Their rows belong to an auth record, at which `collectionRef` and `recordRef` point, and go with it.
OWNED_BY_AUTH_RECORDS = (AUTH_ORIGINS, OTPS, MFAS, EXTERNAL_AUTHS)
