"""The registry: releases and their status, folded from the ledger; add, promote, rollback."""

from tunewright.registry.change import Change, add, promote, rollback
from tunewright.registry.fold import Name, Registry, Standing, Status, fold, nearest
from tunewright.registry.look import history, holding, live, read, resolve, status

__all__ = ["Change", "Name", "Registry", "Standing", "Status", "add", "fold", "history", "holding", "live", "nearest",
           "promote", "read", "resolve", "rollback", "status"]
