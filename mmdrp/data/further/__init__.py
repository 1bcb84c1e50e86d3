"""Further studies beside a model's own: lines and drugs matched, what is held out removed."""
