"""How numbers are written in tables and texts."""

from __future__ import annotations

MISSING = "–"
"""Stands where a value is missing."""


def four_decimals(value: float) -> str:
    """Write a metric, such as .3124."""
    return f"{value:.4f}".removeprefix("0") if value >= 0 else f"{value:.4f}"


def signed_four_decimals(value: float) -> str:
    """Write a difference of metrics, such as +.0123."""
    text = f"{round(value, 4) + 0.0:+.4f}"
    return text[0] + text[1:].removeprefix("0")


def three_digits(value: float) -> str:
    """Write a number with three significant digits, and all digits before the point."""
    return f"{value:.0f}" if abs(value) >= 999.5 else f"{value:#.3g}".removesuffix(".")


def whole(value: float) -> str:
    """Write a number without an exponent; a fraction gets one decimal."""
    return f"{value:.0f}" if value.is_integer() else f"{value:.1f}"


def percent(share: float) -> str:
    """Write a share as a percentage with one decimal, such as 12.5%."""
    return f"{100 * share:.1f}%"


def thousands(value: float) -> str:
    """Write a number with separated thousands; a fraction gets one decimal."""
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.1f}"


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, such as "1 thread" or "2 threads"."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def memory_size(n_bytes: int) -> str:
    """Write a number of bytes in the largest fitting unit up to GiB."""
    size = float(n_bytes)
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
