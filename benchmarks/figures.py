"""A figure beside its floor or its ceiling, as one line."""

# A floor missed by up to a fifth is reported, not repaired.
TOLERATED = 0.2


def against_floor(title: str, value: float, floor: float) -> str:
    """Say a figure that should be at least ``floor``."""
    return f"{title:58}{value:9.2f} (at least {floor:.2f}: {_verdict(1 - value / floor)})"


def against_ceiling(title: str, value: float, ceiling: float, unit: str) -> str:
    """Say a figure that should be at most ``ceiling``."""
    verdict = _verdict(value / ceiling - 1)
    return f"{title:58}{value:9.1f} {unit} (at most {ceiling:.0f}: {verdict})"


def _verdict(missed: float) -> str:
    """Judge by the share of the limit that is missed; none or below: reached."""
    if missed <= 0:
        return "reached"
    return f"{'missed' if missed <= TOLERATED else 'MISSED'} by {missed:.0%}"
