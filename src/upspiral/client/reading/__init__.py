"""What an application waits for: answers of the server to its questions, and its prompt."""
