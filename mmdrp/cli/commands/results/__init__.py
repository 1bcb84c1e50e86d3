"""Commands that apply, score and explain what is learned, and put results together."""
