"""Commands that look after an installation: the doctor, backups, the database."""
