"""Sources → a prepared, split, hashed dataset with a card."""
