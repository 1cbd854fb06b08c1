"""API Gateway on this machine: a REST API as the templates of cfn/ declare it, over HTTP on loopback."""
