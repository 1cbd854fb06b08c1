"""Lays the documents out for the site: every document at its own path, and beside them the files that they link."""
