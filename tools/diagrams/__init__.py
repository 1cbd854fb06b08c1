"""The two pictures of the architecture, drawn from the templates."""
