"""Coupons: made here, received in WeChat, counted here (BEHAVIOUR section 8)."""
