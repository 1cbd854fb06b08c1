"""Publishes the console that is in its zip: a custom resource of cfn/frontend-stack.yaml."""
