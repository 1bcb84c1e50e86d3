"""One reader per source: a release's own files in, a study folder out."""
