"""PocketBase's flags on our command line, and the variables that they become."""

import pytest

from config.flags import InvalidFlag, take_flags


def taken(*words):
    line = take_flags(words)
    return line.words, line.variables


@pytest.mark.parametrize(
    ("words", "left", "variables"),
    [
        pytest.param(["serve"], ["serve"], {}, id="none"),
        pytest.param(["serve", "--dir", "x"], ["serve"], {"DATA_DIR": "x"}, id="value_behind"),
        pytest.param(["serve", "--dir=x=y"], ["serve"], {"DATA_DIR": "x=y"}, id="value_in_it"),
        pytest.param(["--dir", "serve", "serve"], ["serve"], {"DATA_DIR": "serve"}, id="before_the_command"),
        pytest.param(
            ["superuser", "upsert", "a@example.com", "1234567890", "--dir", "x"],
            ["superuser", "upsert", "a@example.com", "1234567890"],
            {"DATA_DIR": "x"},
            id="another_command",
        ),
        pytest.param(
            ["serve", "--publicDir=a", "--hooksDir=b", "--migrationsDir=c", "--queryTimeout=60"],
            ["serve"],
            {"PUBLIC_DIR": "a", "HOOKS_DIR": "b", "MIGRATIONS_DIR": "c", "QUERY_TIMEOUT": "60"},
            id="folders_and_numbers",
        ),
        pytest.param(
            ["serve", "--dev", "--automigrate=false", "--indexFallback=T"],
            ["serve"],
            {"DEBUG": "1", "AUTOMIGRATE": "0", "INDEX_FALLBACK": "1"},
            id="switches",
        ),
        pytest.param(
            ["serve", "--http=10.0.0.1:8090"], ["serve"], {"HOST": "10.0.0.1", "PORT": "8090"}, id="http"
        ),
        pytest.param(["serve", "--http", ":http"], ["serve"], {"HOST": "", "PORT": "80"}, id="every_address"),
        pytest.param(["serve", "--http=[::1]:80"], ["serve"], {"HOST": "[::1]", "PORT": "80"}, id="ipv6"),
        pytest.param(["serve", "--http=", "--https="], ["serve"], {}, id="no_address_is_the_usual_one"),
        pytest.param(
            ["serve", "--https", "127.0.0.1:8443"], ["serve"], {"HTTPS_ADDRESS": "127.0.0.1:8443"}, id="https"
        ),
        pytest.param(
            ["serve", "--origins", "https://a.example,https://b.example", "--origins=https://c.example"],
            ["serve"],
            {"CORS_ORIGINS": "https://a.example,https://b.example,https://c.example"},
            id="origins_add_up",
        ),
        pytest.param(["serve", "--dir=a", "--dir=b"], ["serve"], {"DATA_DIR": "b"}, id="the_last_one_counts"),
        pytest.param(
            ["serve", "a.example", "--workers", "2", "b.example", "--no-workers", "-v", "0"],
            ["serve", "--workers", "2", "--no-workers", "-v", "0"],
            {"DOMAINS": "a.example,b.example"},
            id="domains_among_options",
        ),
        pytest.param(
            ["backup", "create", "--", "--dir"],
            ["backup", "create", "--", "--dir"],
            {},
            id="no_flag_behind_the_end",
        ),
        pytest.param(["crons", "--http=:80"], ["crons", "--http=:80"], {}, id="only_serve_listens"),
        pytest.param(["serve", "--nope", "-x"], ["serve", "--nope", "-x"], {}, id="others_are_for_django"),
        pytest.param(
            ["serve", "--Dir=x", "-dir=x"], ["serve", "--Dir=x", "-dir=x"], {}, id="spelled_as_they_are"
        ),
    ],
)
def test_flags_become_variables(words, left, variables):
    assert taken(*words) == (left, variables)


def test_the_encryption_key_is_read_from_the_variable_that_is_named(monkeypatch):
    monkeypatch.setenv("PB_KEY", "k" * 32)
    assert taken("serve", "--encryptionEnv", "PB_KEY") == (
        ["serve"],
        {"SETTINGS_ENCRYPTION_KEY": "k" * 32, "SETTINGS_ENCRYPTION_KEY_FILE": ""},
    )


def test_what_has_no_meaning_here_is_taken_and_said():
    line = take_flags(["serve", "--hooksPool=25", "--hooksWatch"])
    assert (line.words, line.variables) == (["serve"], {})
    assert [remark.split(".")[0] for remark in line.remarks] == [
        "--hooksPool has no meaning here",
        "--hooksWatch has no meaning here",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--dir"], "argument --dir: expected one argument"),
        (["--queryTimeout=1m"], "argument --queryTimeout: expected a whole number, got '1m'"),
        (["--queryTimeout=-1"], "argument --queryTimeout: expected a whole number, got '-1'"),
        (["--hooksPool=x"], "argument --hooksPool: expected a whole number, got 'x'"),
        (["--dev=yes"], "argument --dev: expected true or false, got 'yes'"),
        (["--http=8090"], "argument --http: expected HOST:PORT, got '8090'"),
        (["--http=a:b:80"], "argument --http: expected HOST:PORT, got 'a:b:80'"),
        (["--https=:65536"], "argument --https: expected HOST:PORT, got ':65536'"),
        (
            ["--encryptionEnv=NOT_THERE"],
            "argument --encryptionEnv: expected the name of a variable that holds the key, got 'NOT_THERE'",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_cannot_be_used_is_named(words, message):
    with pytest.raises(InvalidFlag) as refusal:
        take_flags(["serve", *words])
    assert str(refusal.value) == message
