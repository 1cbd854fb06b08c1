"""How large a request may be, whatever it is for, and what its key does."""

from typing import Final

from shared.json_input import DEEPEST, MOST_VALUES

SIZES: Final = (
    f"A request holds at most {MOST_VALUES:,} values and {DEEPEST} levels of objects and lists; "
    "a document of more is refused whole, and imported in parts. Lambda itself parses the event of an invocation: of one that is "
    "no JSON, or has more than some 1,000 levels, it says so by an error of its own, `Runtime.UnmarshalError`, and nothing of ours has run."
)

KEYS: Final = (
    "A repeated call is the first one for 24 hours, and one with another body a conflict; "
    "a dry run asks for no key and keeps none."
)
