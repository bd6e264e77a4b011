"""What tests of Upspiral and of what is built on it need; ships with the product."""
