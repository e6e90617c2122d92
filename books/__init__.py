"""The books: what was sold, what was paid for it, and to whom it is passed on."""
