"""The rules an account makes for itself: service levels, triggers, business hours; and what follows them."""
