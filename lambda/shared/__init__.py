"""The one library under every function; it imports no function package."""
