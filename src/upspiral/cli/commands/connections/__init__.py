"""Commands that connect Upspiral to other programs."""
