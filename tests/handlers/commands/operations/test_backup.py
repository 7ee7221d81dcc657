"""The commands backup and restore: a restored service has the same users."""

import io
import resource
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from config import parse_keys
from miniprogram_api.operations import key_files
from miniprogram_api.operations.sealed_files import SealedReader
from tests.support.people.persons import Person, person
from tests.support.service.command_line import manage
from tests.support.service.production import VENDORS
from tests.support.service.service import Service, data_of
from tests.support.service.valkey import ValkeyServer

PASSWORD = "correct horse battery"


def register(service: Service, someone: Person) -> str:
    """Register a person and return the session token."""
    token = service.wechat_login("newcomer")
    consent = data_of(service.get("/consent"))
    body = {
        **someone.four_elements,
        "phone": someone.phone,
        "sms_code": service.sms_code(token, someone.phone, "register"),
        "password": PASSWORD,
        "consent_version": consent["version"],
        "separate_consents": ["identity"],
    }
    return str(data_of(service.post("/registrations", json=body, token=token), 201)["token"])


def sign_in(service: Service, someone: Person) -> int:
    body = {"login": someone.id_number, "password": PASSWORD}
    token = service.wechat_login("returning")
    return service.post("/sessions", json=body, token=token).status_code


def assert_restored(service: Service, someone: Person, token: str) -> None:
    assert service.get("/account", token=token).status_code == 200
    assert sign_in(service, someone) == 200
    # The code that was counted before the backup still counts.
    again = {"phone": someone.phone, "purpose": "register"}
    other = service.wechat_login("other")
    refused = service.post("/sms-codes", json=again, token=other)
    assert refused.json()["code"] == "SMS_RATE_LIMITED"
    # Numbers are not reused.
    assert register(service, person("李四", number=2))


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Person, str]:
    """Back up a service with one person into ``backup`` and ``keys``, and stop it."""
    folder = tmp_path_factory.mktemp("backed-up")
    someone = person("张三", number=1)
    with Service(tmp_path_factory.mktemp("first")) as service:
        token = register(service, someone)
        made = manage(service.environment, "backup", folder / "backup", "--keys", folder / "keys")
        assert made.returncode == 0, made.stderr
        assert service.get("/account", token=token).status_code == 200
    return folder, someone, token


def test_restored_service_has_the_same_accounts(
    backed_up: tuple[Path, Person, str], tmp_path: Path
) -> None:
    folder, someone, token = backed_up
    service = Service(tmp_path)

    restored = manage(service.environment, "restore", folder / "backup", "--keys", folder / "keys")

    assert restored.returncode == 0, restored.stderr
    with service:
        assert_restored(service, someone, token)


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_postgresql_is_refused_in_one_line(tmp_path: Path, command: str) -> None:
    environment = {
        **Service(tmp_path).environment,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    }

    refused = manage(environment, command, tmp_path / "backup", "--keys", tmp_path / "keys")

    assert refused.returncode == 1
    assert refused.stderr == (
        "This command copies SQLite only. Back up PostgreSQL with pg_dump or by archiving its WAL: "
        'see "Backup and restore" in docs/runbook.md.\n'
    )
    assert not list(tmp_path.glob("*ackup"))
    assert not (tmp_path / "keys").exists()


def test_backup_contains_no_key_and_no_personal_data(
    backed_up: tuple[Path, Person, str],
) -> None:
    folder, someone, _ = backed_up
    keys = dict(line.split("=", 1) for line in (folder / "keys").read_text().splitlines())
    assert set(keys) == {"DATA_KEYS", "INDEX_KEYS", "LEDGER_KEYS", "LEDGER_SEAL_KEYS"}
    secrets = [value.strip("'").rpartition(":")[2] for value in keys.values()]

    ring = parse_keys("DATA_KEYS", keys["DATA_KEYS"].strip("'"))
    with (
        open(folder / "backup", "rb") as file,
        closing(SealedReader(file, ring)) as sealed,
        tarfile.open(fileobj=io.BufferedReader(sealed), mode="r|gz") as archive,
    ):
        texts = {}
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            texts[member.name] = content.read()
    assert {*texts} > {"manifest.json", "redis"}
    texts["backup"] = (folder / "backup").read_bytes()
    for name, text in texts.items():
        for hidden in (someone.name, someone.id_number, someone.phone, *secrets):
            assert hidden.encode() not in text, f"{name} shows what it must not"
    for name in ("backup", "keys"):
        assert (folder / name).stat().st_mode & 0o077 == 0


def test_restore_without_the_keys_is_refused(
    backed_up: tuple[Path, Person, str], tmp_path: Path
) -> None:
    folder, _, _ = backed_up
    service = Service(tmp_path)

    refused = manage(service.environment, "restore", folder / "backup")

    assert refused.returncode == 1
    assert "needs the DATA_KEYS that were in force" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "var" / "service.sqlite3").exists()


@pytest.mark.parametrize("profile", ["sandbox", "production"])
def test_keys_from_a_file_are_refused_where_the_environment_sets_them(
    backed_up: tuple[Path, Person, str], tmp_path: Path, profile: str, valkey: ValkeyServer
) -> None:
    folder, _, _ = backed_up
    valkey.lose_data()
    keys = key_files.read_keys(folder / "keys")
    place = tmp_path / "place"
    environment = {
        **(VENDORS if profile == "production" else {}),
        "DATABASE_URL": f"sqlite:///{place}/service.sqlite3",
        "REDIS_URL": valkey.url,
        "VAR_DIR": str(place),
        **{name.upper(): value for name, value in keys.items()},
    }
    words = ["restore", folder / "backup"]

    refused = manage(environment, *words, "--keys", folder / "keys")

    assert refused.returncode == 1
    assert refused.stderr == (
        "--keys is of no use here, because DATA_KEYS, INDEX_KEYS, LEDGER_KEYS, LEDGER_SEAL_KEYS "
        "come from the environment or .env: set the keys of the file there and leave --keys out.\n"
    )
    assert not (place / "service.sqlite3").exists()
    if profile == "production":
        assert not place.exists()
    done = manage(environment, *words)
    assert done.returncode == 0, done.stderr
    assert profile == "sandbox" or not (place / "secrets.env").exists()


@pytest.mark.parametrize("damage", ["keys", "backup"])
def test_failed_restore_keeps_the_existing_keys(
    backed_up: tuple[Path, Person, str], tmp_path: Path, damage: str
) -> None:
    folder, _, _ = backed_up
    service = Service(tmp_path)
    manage(service.environment, "doctor")
    kept = tmp_path / "var" / "secrets.env"
    before = kept.read_text()
    files = {name: folder / name for name in ("keys", "backup")}
    files[damage] = tmp_path / "broken"
    files[damage].write_text("DATA_KEYS=''\n")

    refused = manage(service.environment, "restore", files["backup"], "--keys", files["keys"])

    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert kept.read_text() == before


def test_existing_files_are_not_overwritten(
    backed_up: tuple[Path, Person, str], service: Service
) -> None:
    folder, _, _ = backed_up
    before = (service.settings.var_dir / "secrets.env").read_text()

    refused = manage(service.environment, "restore", folder / "backup", "--keys", folder / "keys")
    twice = manage(service.environment, "backup", folder / "backup")

    assert refused.returncode == 1
    assert "The database is not empty" in refused.stderr
    assert (service.settings.var_dir / "secrets.env").read_text() == before
    assert twice.returncode == 1
    assert twice.stderr == f"{folder / 'backup'} exists already.\n"


def small_files() -> None:
    """Limit this process's files to 64 KiB, like a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["none/backup"], "There is no folder {place}/none: make it first.\n"),
        (["backup", "--keys", "none/keys"], "{place}/none/keys cannot be written: No such file "),
        (["backup", "--keys", "there"], "{place}/there exists already.\n"),
        (["there", "--keys", "keys"], "{place}/there exists already.\n"),
        (["backup", "--keys", "backup"], "The keys need a file of their own"),
        (["backup", "--keys", "keys"], "{place}/backup cannot be written: "),
    ],
    ids=["no folder", "no folder for keys", "keys there", "there", "one file", "full disk"],
)
def test_failed_backup_says_why_and_leaves_nothing(
    service: Service, tmp_path: Path, words: list[str], told: str, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "there").write_text("mine")
    is_full = request.node.callspec.id == "full disk"
    paths = [word if word.startswith("--") else tmp_path / word for word in words]

    refused = manage(service.environment, "backup", *paths, before=small_files if is_full else None)

    assert refused.returncode == 1
    assert refused.stderr.startswith(told.format(place=tmp_path))
    assert refused.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there").read_text() == "mine"


@pytest.mark.parametrize("damage", ["cut", "changed", "no backup"])
def test_damaged_file_is_refused(
    backed_up: tuple[Path, Person, str], tmp_path: Path, damage: str
) -> None:
    folder, _, _ = backed_up
    broken = tmp_path / "broken"
    content = bytearray((folder / "backup").read_bytes())
    if damage == "changed":
        content[len(content) // 2] ^= 1
    elif damage == "cut":
        del content[len(content) // 2 :]
    broken.write_bytes(content if damage != "no backup" else b"no archive")

    refused = manage(Service(tmp_path).environment, "restore", broken, "--keys", folder / "keys")

    assert refused.returncode == 1
    assert ("is no backup" if damage == "no backup" else "is damaged") in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "var" / "service.sqlite3").exists()


def test_stopped_service_is_backed_up(tmp_path: Path, backed_up: tuple[Path, Person, str]) -> None:
    folder, _, _ = backed_up
    service = Service(tmp_path)
    manage(service.environment, "restore", folder / "backup", "--keys", folder / "keys")

    made = manage(service.environment, "backup", tmp_path / "again")

    assert made.returncode == 0, made.stderr
    redis_keys = made.stdout.split(" Redis keys")[0].split()[-1]
    assert int(redis_keys) > 0
