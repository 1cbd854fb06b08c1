"""What nobody can derive from the code: the sentences, by the word that they explain."""
