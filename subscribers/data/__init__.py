"""The regions that come with the service, and the script that makes them."""
