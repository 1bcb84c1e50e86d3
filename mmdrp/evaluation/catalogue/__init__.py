"""Many runs: what lies in a folder, what state it is in, and how two of them differ."""
