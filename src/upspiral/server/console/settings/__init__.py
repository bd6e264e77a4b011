"""How is it set up? Agents, models, schedules, webhooks, keys and every setting, a part at a time."""
