"""How does an answer become a page? Templates, tables, charts and files; knows nothing of any route."""
