"""The keys that the sandbox profile makes."""

from pathlib import Path

from dotenv import dotenv_values

from tests.support.service.tables import settings_for


def test_keys_of_the_ledger_are_added_to_an_older_file(tmp_path: Path) -> None:
    made = settings_for(tmp_path)
    path = tmp_path / "secrets.env"
    older = [line for line in path.read_text().splitlines() if not line.startswith("LEDGER_")]
    path.write_text("\n".join(older))
    settings = settings_for(tmp_path)
    assert settings.data_keys == made.data_keys
    assert list(settings.ledger_key_ring) == ["l1"]
    assert list(settings.ledger_seal_key_ring) == ["s1"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert settings_for(tmp_path).ledger_keys == settings.ledger_keys
    assert dotenv_values(path)["LEDGER_KEYS"] == settings.ledger_keys.get_secret_value()
    assert settings.ledger_seal_directory == tmp_path / "seals"
