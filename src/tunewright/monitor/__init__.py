"""The gate over live traffic: canaries that grow, hold or are taken away by what users meet."""
