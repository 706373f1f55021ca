"""Which VAT a supply carries, and why: one pure, dated model (docs/tax.md)."""
