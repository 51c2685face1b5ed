"""Questions: `source` says how one is written and what makes it valid, `html` makes the element that asks it."""
