"""The contract: whatever follows from the declarations of the operations is written by this program and committed."""
