"""Sessions of calls: recorded, written as a scenario file, and played again against a fresh sandbox."""
