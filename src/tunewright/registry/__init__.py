"""The registry: releases and their status, folded from the ledger; add, promote, roll back, canaries and arms."""

from tunewright.registry.canary import CANARY, abort, canary, held
from tunewright.registry.change import Change, add, promote, rollback
from tunewright.registry.fold import Arm, Name, Registry, Standing, Status, fold, nearest
from tunewright.registry.look import history, holding, live, read, resolve, status

__all__ = ["CANARY", "Arm", "Change", "Name", "Registry", "Standing", "Status", "abort", "add",
           "canary", "fold", "held", "history", "holding", "live", "nearest",
           "promote", "read", "resolve", "rollback", "status"]
