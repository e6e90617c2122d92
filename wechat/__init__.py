"""The boundary to the platform: every call to WeChat and every message from it passes through this package."""
