"""Files and figures written whole or not at all; data frames taken apart."""
