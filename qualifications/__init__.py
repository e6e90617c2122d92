"""Papers, and their reviews by WeChat: documents, brands, categories."""
