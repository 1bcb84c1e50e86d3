"""Networks: torch only, they know no data."""
