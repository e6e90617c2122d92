"""Coupons: created and counted here, received by buyers in WeChat (BEHAVIOUR section 8)."""
