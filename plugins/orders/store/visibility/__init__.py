"""Who sees which orders, and their prices."""
