"""Records, store, ledger, runs, identity and errors: what every other room stands on."""
