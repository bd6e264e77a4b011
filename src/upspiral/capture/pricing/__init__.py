"""What do answers cost? `prices` knows, `price_past` prices what was recorded before its price was known."""
