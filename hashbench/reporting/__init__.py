"""Tables and texts made of records."""
