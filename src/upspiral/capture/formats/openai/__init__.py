"""Which files does OpenAI give? Its Evals, and answers that it stored."""
