"""Two functions that are copies of each other."""

from __future__ import annotations

HELPER = """\
def format_number(number, country):
    digits = "".join(character for character in number if character.isdigit())
    if number.strip().startswith("+"):
        return "+" + digits
    if digits.startswith("00"):
        return "+" + digits[2:]
    local = digits.lstrip("0")
    if not MIN_DIGITS <= len(local) <= MAX_DIGITS:
        raise ValueError(f"{number} is no telephone number")
    return f"+{country.calling_code}{local}"
"""
COPY = HELPER.replace("format_number", "recipient").replace("digits", "numerals").replace("number", "raw")
