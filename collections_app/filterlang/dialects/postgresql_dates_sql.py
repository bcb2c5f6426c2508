"""strftime in a PostgreSQL database, reading and writing moments as SQLite does.

Reference: https://www.sqlite.org/lang_datefunc.html. Years after 9999 give NULL.
"""

# The moments that SQLite reads: dates, dates with times, times, "now" and Julian day numbers.
_MOMENT = r"""
CREATE OR REPLACE FUNCTION joey_moment(value text) RETURNS timestamp
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
    parts text[];
    days double precision;
    result timestamp;
BEGIN
    IF lower(value) = 'now' THEN
        RETURN date_trunc('milliseconds', now() AT TIME ZONE 'UTC');
    END IF;
    parts := regexp_match(value,
        '^(?:(\d{4})-(\d\d)-(\d\d)[\sT]*)?(?:(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?\s*(Z|z|[+-]\d\d:\d\d)?\s*)?$');
    IF parts IS NULL OR value = '' THEN
        days := joey_number(value);
        IF days >= 0 AND days < 5373484.5 THEN
            RETURN timestamp '1970-01-01' + round((days - 2440587.5) * 86400000) * interval '1 millisecond';
        END IF;
        RETURN NULL;
    END IF;
    IF parts[2]::int NOT BETWEEN 1 AND 12 OR parts[3]::int NOT BETWEEN 1 AND 31 OR parts[4]::int > 24
        OR parts[5]::int > 59 OR parts[6]::numeric >= 60
    THEN
        RETURN NULL;
    END IF;
    result := make_timestamp(COALESCE(parts[1]::int, 2000), COALESCE(parts[2]::int, 1), 1, 0, 0, 0)
        + (COALESCE(parts[3]::int, 1) - 1) * interval '1 day'
        + COALESCE(parts[4]::int, 0) * interval '1 hour'
        + COALESCE(parts[5]::int, 0) * interval '1 minute'
        + round(COALESCE(parts[6]::numeric, 0) * 1000)::bigint * interval '1 millisecond';
    IF parts[7] ~ '^[+-]' THEN
        result := result - parts[7]::interval;
    END IF;
    RETURN result;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $body$
"""

_MODIFIED = r"""
CREATE OR REPLACE FUNCTION joey_modified(moment timestamp, modifier text, raw text) RETURNS timestamp
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
    parts text[];
    amount double precision;
    whole int;
    day_start timestamp;
    month_start timestamp;
BEGIN
    modifier := lower(modifier);
    IF modifier IN ('localtime', 'utc', 'subsec', 'subsecond', 'ceiling') THEN
        RETURN moment;
    END IF;
    IF modifier IN ('unixepoch', 'auto', 'julianday') THEN
        amount := joey_number(raw);
        IF modifier = 'unixepoch' OR (modifier = 'auto' AND NOT amount BETWEEN 0 AND 5373484.5) THEN
            RETURN timestamp '1970-01-01' + round(amount * 1000) * interval '1 millisecond';
        END IF;
        RETURN CASE WHEN modifier = 'auto' OR amount IS NOT NULL THEN moment END;
    END IF;
    IF modifier ~ '^start of (day|month|year)$' THEN
        RETURN date_trunc(substr(modifier, 10), moment);
    END IF;
    parts := regexp_match(modifier, '^weekday\s+([0-6])(?:\.0*)?$');
    IF parts IS NOT NULL THEN
        RETURN moment + ((parts[1]::int - extract(dow FROM moment)::int + 7) % 7) * interval '1 day';
    END IF;
    parts := regexp_match(modifier, '^([+-])(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)$');
    IF parts IS NOT NULL THEN
        RETURN CASE parts[1] WHEN '+' THEN moment + parts[2]::interval ELSE moment - parts[2]::interval END;
    END IF;
    parts := regexp_match(modifier, '^([+-])(\d{4})-(\d\d)-(\d\d)(?:\s(\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?$');
    IF parts IS NOT NULL THEN
        whole := (parts[1] || '1')::int;
        IF parts[3]::int > 11 OR parts[4]::int > 30 THEN
            RETURN NULL;
        END IF;
        month_start := date_trunc('month', moment);
        RETURN month_start + whole * (parts[2]::int * 12 + parts[3]::int) * interval '1 month'
            + (moment - month_start)
            + whole * (parts[4]::int * interval '1 day' + COALESCE(parts[5], '0')::interval);
    END IF;
    parts := regexp_match(modifier, '^([+-]?[0-9]+(?:\.[0-9]*)?)\s*(second|minute|hour|day|month|year)s?$');
    IF parts IS NULL THEN
        RETURN NULL;
    END IF;
    amount := parts[1]::double precision;
    IF parts[2] IN ('month', 'year') THEN
        -- The day of the month is kept and may run over: one month after January 31 is in March.
        whole := trunc(amount);
        month_start := date_trunc('month', moment);
        RETURN month_start + whole * ('1 ' || parts[2])::interval + (moment - month_start)
            + (amount - whole) * CASE parts[2] WHEN 'month' THEN 30 ELSE 365 END * interval '1 day';
    END IF;
    RETURN moment
        + round(amount * extract(epoch FROM ('1 ' || parts[2])::interval) * 1000) * interval '1 millisecond';
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $body$
"""

# NULL for a letter that SQLite 3.46 does not know either.
_DATE_PART = r"""
CREATE OR REPLACE FUNCTION joey_date_part(letter text, moment timestamp) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    weekday int := extract(dow FROM moment);
    day_of_year int := extract(doy FROM moment);
    year_bc int := extract(year FROM moment);
    year int := CASE WHEN year_bc < 0 THEN year_bc + 1 ELSE year_bc END;
    year_text text := CASE
        WHEN year < 0 THEN '-' || lpad((-year)::text, 3, '0') ELSE lpad(year::text, 4, '0')
    END;
BEGIN
    RETURN CASE letter
        WHEN '%d' THEN to_char(moment, 'DD')
        WHEN '%e' THEN lpad(to_char(moment, 'FMDD'), 2, ' ')
        WHEN '%f' THEN to_char(moment, 'SS.MS')
        WHEN '%F' THEN year_text || to_char(moment, '-MM-DD')
        WHEN '%g' THEN to_char(moment, 'IY')
        WHEN '%G' THEN to_char(moment, 'IYYY')
        WHEN '%H' THEN to_char(moment, 'HH24')
        WHEN '%I' THEN to_char(moment, 'HH12')
        WHEN '%j' THEN to_char(moment, 'DDD')
        WHEN '%J' THEN trim_scale(round(extract(epoch FROM moment) / 86400 + 2440587.5, 9))::text
        WHEN '%k' THEN lpad(to_char(moment, 'FMHH24'), 2, ' ')
        WHEN '%l' THEN lpad(to_char(moment, 'FMHH12'), 2, ' ')
        WHEN '%m' THEN to_char(moment, 'MM')
        WHEN '%M' THEN to_char(moment, 'MI')
        WHEN '%p' THEN to_char(moment, 'AM')
        WHEN '%P' THEN to_char(moment, 'am')
        WHEN '%R' THEN to_char(moment, 'HH24:MI')
        WHEN '%s' THEN floor(extract(epoch FROM moment))::bigint::text
        WHEN '%S' THEN to_char(moment, 'SS')
        WHEN '%T' THEN to_char(moment, 'HH24:MI:SS')
        WHEN '%u' THEN extract(isodow FROM moment)::text
        WHEN '%U' THEN lpad(((day_of_year + 6 - weekday) / 7)::text, 2, '0')
        WHEN '%V' THEN to_char(moment, 'IW')
        WHEN '%w' THEN weekday::text
        WHEN '%W' THEN lpad(((day_of_year + 6 - (weekday + 6) % 7) / 7)::text, 2, '0')
        WHEN '%Y' THEN year_text
    END;
END $body$
"""

_STRFTIME = r"""
CREATE OR REPLACE FUNCTION joey_strftime(format text, value text, modifiers text[]) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
    moment timestamp := joey_moment(value);
    modifier text;
    piece text;
    result text := '';
BEGIN
    IF moment IS NULL AND lower(modifiers[1]) IN ('unixepoch', 'auto') THEN
        moment := timestamp '1970-01-01';
    END IF;
    FOREACH modifier IN ARRAY modifiers LOOP
        moment := joey_modified(moment, modifier, value);
    END LOOP;
    IF format IS NULL OR moment IS NULL OR extract(year FROM moment) NOT BETWEEN -4714 AND 9999 THEN
        RETURN NULL;
    END IF;
    FOR piece IN SELECT item.parts[1] FROM regexp_matches(format, '%.?|[^%]+', 'g') AS item(parts) LOOP
        result := result || CASE
            WHEN piece NOT LIKE '\%%' THEN piece
            WHEN piece = '%%' THEN '%'
            ELSE joey_date_part(piece, moment)
        END;
    END LOOP;
    RETURN result;
END $body$
"""

DATE_STATEMENTS: tuple[str, ...] = (_MOMENT, _MODIFIED, _DATE_PART, _STRFTIME)
