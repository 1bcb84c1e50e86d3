"""Commands that compare tumours by their predicted response."""
