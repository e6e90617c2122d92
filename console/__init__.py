"""What every page shares: operation buttons, the timeline, jobs, roles, masking, private files, Today."""
