"""Functions in a PostgreSQL database that give filters the meaning they have on SQLite.

A migration runs STATEMENTS, in order, and after a change a new one does; running them again does no harm.
`joey_value` is what SQLite calls a value of no declared type: numbers sort before texts and never equal them.
"""

from typing import Any

from collections_app.filterlang.dialects.postgresql_dates_sql import DATE_STATEMENTS

_TYPE = """
DO $body$ BEGIN
    CREATE TYPE joey_value AS (kind int, num double precision, txt text COLLATE "C");
EXCEPTION WHEN duplicate_object THEN NULL;
END $body$
"""

# --- conversions --------------------------------------------------------------------------------------

_ANY = (
    """
CREATE OR REPLACE FUNCTION joey_any(value double precision) RETURNS joey_value
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$ SELECT CASE WHEN value IS NOT NULL THEN ROW(1, value, '')::joey_value END $body$
""",
    """
CREATE OR REPLACE FUNCTION joey_any(value text) RETURNS joey_value
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$ SELECT CASE WHEN value IS NOT NULL THEN ROW(2, 0, value)::joey_value END $body$
""",
    """
CREATE OR REPLACE FUNCTION joey_any(value joey_value) RETURNS joey_value
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT value $body$
""",
)

# SQLite prints an integer as it is, and gives a real number a decimal point.
_TEXTS = (
    """
CREATE OR REPLACE FUNCTION joey_text(value double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE
        WHEN value = trunc(value) AND abs(value) < 9e18 THEN value::numeric::bigint::text
        ELSE joey_real_text(value)
    END
$body$
""",
    """
CREATE OR REPLACE FUNCTION joey_text(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT value $body$
""",
    """
CREATE OR REPLACE FUNCTION joey_text(value joey_value) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE (value).kind WHEN 1 THEN joey_text((value).num) WHEN 2 THEN (value).txt END
$body$
""",
)
_REAL_TEXTS = (
    """
CREATE OR REPLACE FUNCTION joey_real_text(value double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE
        WHEN value IN ('Infinity', '-Infinity') THEN replace(value::text, 'inity', '')
        WHEN value::text ~ '[.]' THEN value::text
        WHEN value::text ~ 'e' THEN replace(value::text, 'e', '.0e')
        ELSE value::text || '.0'
    END
$body$
""",
    """
CREATE OR REPLACE FUNCTION joey_real_text(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT value $body$
""",
)

# What numeric affinity does: a text that looks like a number becomes one, beyond doubles infinity or 0.
_NUMBERS = (
    r"""
CREATE OR REPLACE FUNCTION joey_double(value text) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
BEGIN
    RETURN value::double precision;
EXCEPTION WHEN numeric_value_out_of_range THEN
    RETURN CASE
        WHEN value ~* 'e-' THEN 0::double precision WHEN value ~ '^\s*-' THEN '-Infinity' ELSE 'Infinity'
    END;
END $body$
""",
    r"""
CREATE OR REPLACE FUNCTION joey_number(value text) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
BEGIN
    IF value ~ '^[ \t\n\v\f\r]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[ \t\n\v\f\r]*$' THEN
        RETURN joey_double(btrim(value, E' \t\n\u000b\u000c\r'));
    END IF;
    RETURN NULL;
END $body$
""",
    """
CREATE OR REPLACE FUNCTION joey_number(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT value $body$
""",
    """
CREATE OR REPLACE FUNCTION joey_number(value joey_value) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE (value).kind WHEN 1 THEN (value).num WHEN 2 THEN joey_number((value).txt) END
$body$
""",
    """
CREATE OR REPLACE FUNCTION joey_numeric(value text) RETURNS joey_value
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$ SELECT COALESCE(joey_any(joey_number(value)), joey_any(value)) $body$
""",
    """
CREATE OR REPLACE FUNCTION joey_numeric(value joey_value) RETURNS joey_value
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$ SELECT COALESCE(joey_any(joey_number(value)), value) $body$
""",
)

# --- LIKE ---------------------------------------------------------------------------------------------

# Under the collation "C", lower() folds ASCII letters only, as SQLite's LIKE does. A pattern that ends
# inside an escape matches nothing there; PostgreSQL would raise an error.
_LIKE = r"""
CREATE OR REPLACE FUNCTION joey_like(value text, pattern text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE
        WHEN (length(pattern) - length(rtrim(pattern, '\'))) % 2 = 1 THEN value IS NULL AND NULL
        ELSE lower(value COLLATE "C") LIKE lower(pattern COLLATE "C") ESCAPE '\'
    END
$body$
"""

# --- JSON ---------------------------------------------------------------------------------------------

_JSON = (
    r"""
CREATE OR REPLACE FUNCTION joey_json(value text) RETURNS json
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
BEGIN
    -- What stands for a NUL character or half a surrogate pair can be stored as JSON, but not read out of it.
    IF strpos(value, '\u0000') > 0 THEN
        value := regexp_replace(value, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g');
    END IF;
    IF strpos(lower(value), '\ud') > 0 THEN
        value := regexp_replace(value,
            '(?<!\\)((?:\\\\)*)\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})',
            '\1\\ufffd', 'g');
        value := regexp_replace(value,
            '(?<!\\)((?:\\\\)*)(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}',
            '\1\\ufffd', 'g');
    END IF;
    RETURN value::json;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $body$
""",
    # A text that is not JSON is read as a JSON string of itself.
    """
CREATE OR REPLACE FUNCTION joey_json_extract(value text, path text[]) RETURNS joey_value
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    part text;
    found json := joey_json(value);
    held text;
BEGIN
    IF value IS NULL THEN
        RETURN NULL;
    END IF;
    IF found IS NULL THEN
        RETURN CASE WHEN cardinality(path) = 0 THEN joey_any(value) END;
    END IF;
    FOREACH part IN ARRAY path LOOP
        IF starts_with(part, '[') THEN
            IF json_typeof(found) <> 'array' OR length(part) > 11 THEN
                RETURN NULL;
            END IF;
            found := found -> btrim(part, '[]')::int;
        ELSE
            IF json_typeof(found) <> 'object' THEN
                RETURN NULL;
            END IF;
            found := found -> part;
        END IF;
        IF found IS NULL THEN
            RETURN NULL;
        END IF;
    END LOOP;
    held := found #>> '{}';
    RETURN CASE json_typeof(found)
        WHEN 'null' THEN NULL
        WHEN 'number' THEN joey_any(joey_double(held))
        WHEN 'boolean' THEN joey_any(held::boolean::int::double precision)
        ELSE joey_any(held)
    END;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $body$
""",
    # A value that is not a JSON array counts as its only element.
    """
CREATE OR REPLACE FUNCTION joey_elements(stored text) RETURNS TABLE (value text, "position" bigint)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 3 AS $body$
DECLARE
    list json;
BEGIN
    IF ltrim(stored) LIKE '[%' THEN
        list := joey_json(stored);
    END IF;
    IF list IS NULL THEN
        RETURN QUERY SELECT stored, 1::bigint;
    ELSE
        RETURN QUERY SELECT item.value, item.ordinality
        FROM json_array_elements_text(list) WITH ORDINALITY AS item(value, ordinality);
    END IF;
END $body$
""",
    """
CREATE OR REPLACE FUNCTION joey_list_length(stored text) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    list json;
BEGIN
    IF stored IS NULL OR stored = '' THEN
        RETURN 0;
    END IF;
    IF ltrim(stored) LIKE '[%' THEN
        list := joey_json(stored);
    END IF;
    RETURN COALESCE(json_array_length(list), 1);
END $body$
""",
)

# --- functions of the filter language -----------------------------------------------------------------

_GEO_DISTANCE = """
CREATE OR REPLACE FUNCTION joey_geo_distance(
    lon_a double precision, lat_a double precision, lon_b double precision, lat_b double precision
) RETURNS double precision LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    cosine double precision := cos(radians(lat_a)) * cos(radians(lat_b))
        * cos(radians(lon_b) - radians(lon_a)) + sin(radians(lat_a)) * sin(radians(lat_b));
BEGIN
    IF cosine IS NULL THEN
        RETURN NULL;
    END IF;
    -- Rounding may take it a little beyond 1, where acos is an error.
    RETURN 6371 * acos(least(1, greatest(-1, cosine)));
EXCEPTION WHEN numeric_value_out_of_range THEN
    RETURN NULL;
END $body$
"""

# --- functions of view queries ------------------------------------------------------------------------

# SQLite's total(): a sum that is 0.0 where there is nothing to add. Of a text it takes the number that the
# text begins with.
_TOTAL = (
    r"""
CREATE OR REPLACE FUNCTION joey_add(sum double precision, value text) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT sum + COALESCE(joey_number(
        substring(value from '^[ \t\n\v\f\r]*[+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]+)?')
    ), 0)
$body$
""",
    """
CREATE OR REPLACE FUNCTION joey_add(sum double precision, value boolean) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$ SELECT sum + value::int $body$
""",
    """
CREATE OR REPLACE AGGREGATE total(double precision) (
    SFUNC = float8pl, STYPE = double precision, INITCOND = '0', PARALLEL = SAFE
)
""",
    """
CREATE OR REPLACE AGGREGATE total(text) (
    SFUNC = joey_add, STYPE = double precision, INITCOND = '0', PARALLEL = SAFE
)
""",
    """
CREATE OR REPLACE AGGREGATE total(boolean) (
    SFUNC = joey_add, STYPE = double precision, INITCOND = '0', PARALLEL = SAFE
)
""",
)

STATEMENTS: tuple[str, ...] = (
    _TYPE,
    *_ANY,
    *_REAL_TEXTS,
    *_TEXTS,
    *_NUMBERS,
    _LIKE,
    *_JSON,
    _GEO_DISTANCE,
    *DATE_STATEMENTS,
    *_TOTAL,
)


def create_functions(apps: Any, schema_editor: Any) -> None:
    """What a migration does (`RunPython`); on SQLite nothing."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in STATEMENTS:
            schema_editor.execute(statement, None)
