"""The four tables: models in, models out; Decimals, pages and conditions end here."""
