"""End-to-end scenarios over HTTP: one module per problem case, and attacks, chat and failures."""
