"""How does a notification reach people? What writes and sends it, one file per channel."""
