"""The roles may do what the product was seen to ask of AWS, and nothing that it was not, unless a reason is given."""
