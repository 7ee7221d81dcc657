"""A figure with its limit, as one line."""

# Share by which a limit may be missed without need to act.
TOLERATED = 0.2


def against_floor(title: str, value: float, floor: float) -> str:
    """Format a figure that should be at least ``floor``."""
    return f"{title:58}{value:9.2f} (at least {floor:.2f}: {_verdict(1 - value / floor)})"


def against_ceiling(title: str, value: float, ceiling: float, unit: str) -> str:
    """Format a figure that should be at most ``ceiling``."""
    verdict = _verdict(value / ceiling - 1)
    return f"{title:58}{value:9.1f} {unit} (at most {ceiling:.0f}: {verdict})"


def _verdict(missed: float) -> str:
    """Describe ``missed``, the share of the limit that is missed, ≤ 0 when it is reached."""
    if missed <= 0:
        return "reached"
    return f"{'missed' if missed <= TOLERATED else 'MISSED'} by {missed:.0%}"
