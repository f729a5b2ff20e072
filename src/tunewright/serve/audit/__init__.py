"""The audit trail: one record for each answer, and for each thing said of one.

Records are lines of segments: files that one gateway writes, each chained line by line. A closed segment goes into the
store, and its digest into the ledger, so that any machine with both can check it and read it.
"""

from tunewright.serve.audit.about import about
from tunewright.serve.audit.cipher import opened
from tunewright.serve.audit.expire import expire
from tunewright.serve.audit.pending import Pending
from tunewright.serve.audit.segment import ACTION, DROP, folder
from tunewright.serve.audit.trail import Trail, find, look, records
from tunewright.serve.audit.verify import verify
from tunewright.serve.audit.write import Audit

__all__ = ["ACTION", "DROP", "Audit", "Pending", "Trail", "about", "expire", "find", "folder", "look", "opened",
           "records", "verify"]
