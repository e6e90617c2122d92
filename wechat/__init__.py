"""The platform boundary: everything WeChat is told, says or pushes passes through here."""
