"""What applications that ask their model themselves are given as files."""
