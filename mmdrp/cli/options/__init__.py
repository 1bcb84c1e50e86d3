"""Options refused before a folder is made."""
