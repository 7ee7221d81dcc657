"""The page of settings, the example file, and values that stand in files."""

from pathlib import Path

import pytest

import config
from config import Settings, SettingsError
from tools import settings_page


def test_page_and_example_are_current() -> None:
    """Run ``python -m tools.settings_page`` after a change of the settings."""
    assert settings_page.PAGE.read_text(encoding="utf-8") == settings_page.page()
    assert settings_page.EXAMPLE.read_text(encoding="utf-8") == settings_page.example()


def test_every_setting_is_explained_once() -> None:
    explained = set(settings_page._meanings())
    described = {name for name, field in Settings.model_fields.items() if field.description}
    texts = set(settings_page.sms_texts())
    assert not explained & described
    assert explained | described | texts == set(Settings.model_fields)


def test_every_template_has_a_text() -> None:
    named = {name for name in Settings.model_fields if name.startswith(settings_page.TEMPLATE)}
    assert set(settings_page.sms_texts()) == named


def test_example_is_complete_for_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(settings_page.example(), encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        config.load()
    named = {problem.partition(" ")[0] for problem in refused.value.problems}
    assert {name.upper() for name in settings_page.NEEDED} <= named


def test_value_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    secret = tmp_path / "token"
    secret.write_text("t0ken\n")
    monkeypatch.setenv("METRICS_TOKEN_FILE", str(secret))
    assert config.read_environment()["metrics_token"] == "t0ken"
    monkeypatch.setenv("METRICS_TOKEN", "direct")
    assert config.read_environment()["metrics_token"] == "direct"
    monkeypatch.delenv("METRICS_TOKEN")
    monkeypatch.setenv("METRICS_TOKEN_FILE", str(tmp_path / "missing"))
    with pytest.raises(SettingsError, match="METRICS_TOKEN_FILE cannot be read"):
        config.read_environment()
