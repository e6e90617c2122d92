"""What is sold: categories, brands, products."""
