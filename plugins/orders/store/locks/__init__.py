"""How orders, pairs and stock are locked, in which order."""
