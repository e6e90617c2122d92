"""Documents, brand and category applications, and their reviews by WeChat."""
