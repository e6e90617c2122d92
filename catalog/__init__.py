"""Categories, brands and products; `coupons` and `imports` are packages of their own."""
