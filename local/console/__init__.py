"""The console on this machine: the built pages, as CloudFront serves them."""
