"""How large a request may be, whatever it is for."""

from typing import Final

from shared.json_input import DEEPEST, MOST_VALUES

SIZES: Final = (
    f"A request holds at most {MOST_VALUES:,} values and {DEEPEST} levels of objects and lists; "
    "a document of more is refused whole, and imported in parts."
)
